// The few signs on buttons. Each button names itself; the sign is decoration.
import type { ReactNode } from 'react';
import type { PageName } from './address';

function Icon({ children, className = '' }: { children: ReactNode; className?: string }) {
  return (
    <svg className={`icon ${className}`} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export function RefreshIcon({ turning }: { turning: boolean }) {
  return (
    <Icon className={turning ? 'turning' : ''}>
      <path d="M16.5 10a6.5 6.5 0 1 1-2-4.7" />
      <path d="M16.6 2.4v3.7h-3.7" />
    </Icon>
  );
}

export function LogOutIcon() {
  return (
    <Icon>
      <path d="M8 3H4.5A1.5 1.5 0 0 0 3 4.5v11A1.5 1.5 0 0 0 4.5 17H8" />
      <path d="M13 6.5 16.5 10 13 13.5M16.2 10H8" />
    </Icon>
  );
}

export function CloseIcon() {
  return (
    <Icon>
      <path d="m5 5 10 10M15 5 5 15" />
    </Icon>
  );
}

export function SearchIcon() {
  return (
    <Icon>
      <circle cx="8.8" cy="8.8" r="5.6" />
      <path d="m13 13 4.2 4.2" />
    </Icon>
  );
}

export function SettingsIcon() {
  return (
    <Icon>
      <path d="M3 6h7m4 0h3M3 14h3m4 0h7" />
      <circle cx="12" cy="6" r="2" />
      <circle cx="8" cy="14" r="2" />
    </Icon>
  );
}

export function ExternalIcon() {
  return (
    <Icon>
      <path d="M8 4H4.5v11.5H16V12M11 4h5v5M16 4l-7 7" />
    </Icon>
  );
}

const PAGES: Record<string, ReactNode> = {
  overview: (
    <>
      <rect x="6.5" y="2" width="7" height="16" rx="3.5" />
      <path
        className="solid"
        d="M10 4.6a1.3 1.3 0 1 1 0 2.6 1.3 1.3 0 0 1 0-2.6Zm0 4.1a1.3 1.3 0 1 1 0 2.6 1.3 1.3 0 0 1 0-2.6Zm0 4.1a1.3 1.3 0 1 1 0 2.6 1.3 1.3 0 0 1 0-2.6Z"
      />
    </>
  ),
  timeline: <path d="M2.5 5h9m3 0h3M2.5 10h4m3 0h8M2.5 15h11m3 0h1" />,
  checklist: <path d="m2.8 5.2 1.6 1.6 2.6-3M2.8 13.2l1.6 1.6 2.6-3M10 5.5h7.5M10 13.5h7.5" />,
  alerts: <path d="M4.5 14.5h11l-1.3-2.2V8.7a4.2 4.2 0 0 0-8.4 0v3.6ZM8.3 16.8a1.8 1.8 0 0 0 3.4 0" />,
  audit: <path d="M5 2.5h7.5L16 6v11.5H5ZM12.2 2.8V6.3H16M8 10h5M8 13.5h5" />,
  checks: <path d="m7 6-4 4 4 4m6-8 4 4-4 4M11.3 4.5 8.7 15.5" />,
};

export function PageIcon({ page }: { page: PageName }) {
  return <Icon>{PAGES[page]}</Icon>;
}
