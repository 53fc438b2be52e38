// Whose page, and the ways to the others.
import { t } from '../strings';
import { PAGES, type PageName, pageHref } from '../ui/address';
import { PageIcon } from '../ui/icons';

export function Brand() {
  return (
    <a className="brand" href={pageHref('overview')} aria-label={t.product}>
      <svg viewBox="0 0 16 32" aria-hidden="true" focusable="false">
        <rect x="1" y="1" width="14" height="30" rx="7" />
        <circle className="red" cx="8" cy="8" r="3.2" />
        <circle className="yellow" cx="8" cy="16" r="3.2" />
        <circle className="green" cx="8" cy="24" r="3.2" />
      </svg>
      <span className="brand-name">{t.product}</span>
    </a>
  );
}

export function Ways({ page }: { page: PageName }) {
  return (
    <nav className="nav" aria-label={t.nav.label}>
      {PAGES.map((name) => (
        <a key={name} href={pageHref(name)} aria-current={name === page ? 'page' : undefined}>
          <PageIcon page={name} />
          <span>{t.nav[name]}</span>
        </a>
      ))}
    </nav>
  );
}
