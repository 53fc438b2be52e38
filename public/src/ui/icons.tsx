// The few signs on buttons. Each button names itself; the sign is decoration.
import type { ReactNode } from 'react';
import type { Theme } from './theme';

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

const THEMES: Record<Theme, ReactNode> = {
  system: (
    <>
      <circle cx="10" cy="10" r="7" />
      <path className="solid" d="M10 3a7 7 0 0 1 0 14Z" />
    </>
  ),
  light: (
    <>
      <circle cx="10" cy="10" r="3.4" />
      <path d="M10 1.8v1.8m0 12.8v1.8m8.2-8.2h-1.8M3.6 10H1.8m14-5.8-1.3 1.3M5.5 14.5l-1.3 1.3m11.6 0-1.3-1.3M5.5 5.5 4.2 4.2" />
    </>
  ),
  dark: <path d="M16.8 12.2A7.2 7.2 0 0 1 7.8 3.2a7.2 7.2 0 1 0 9 9Z" />,
};

export function ThemeIcon({ theme }: { theme: Theme }) {
  return <Icon>{THEMES[theme]}</Icon>;
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
