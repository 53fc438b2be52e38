// Files of checks that were refused: their last good version is in use, or nothing of them.
import type { Overview } from '../api/types';
import { t } from '../strings';
import { pageHref } from '../ui/address';

export function BrokenFiles({ files }: { files: Overview['broken_files'] }) {
  if (!files || files.length === 0) return null;
  return (
    <section className="notice notice-bad broken-files" aria-label={t.brokenFiles.title}>
      <h2>{t.brokenFiles.heading(files.length)}</h2>
      <ul>
        {files.map(({ file, error }) => (
          <li key={file}>
            <code>{error.startsWith(file) ? error : `${file}: ${error}`}</code>
          </li>
        ))}
      </ul>
      <p>
        {t.brokenFiles.note}{' '}
        <a className="text-link" href={pageHref('checks')}>
          {t.nav.checks}
        </a>
      </p>
    </section>
  );
}
