// What each one sets for himself, and the way out: a popover of the browser's own, closed by Escape and by a click beside it.
import { useId } from 'react';
import { endSession, Failure } from '../api/client';
import { closeSession, useSession } from '../api/session';
import { INTERVALS, refreshInterval } from '../health/refresh';
import { chooseLanguage, LANGUAGES, type Language, t, useLanguage } from '../strings';
import { LogOutIcon, SettingsIcon } from '../ui/icons';
import { chooseTheme, THEMES, type Theme, theme } from '../ui/theme';

/** A session that is over already is as good as ended. */
async function logOut() {
  try {
    await endSession();
    closeSession('logged-out');
  } catch (error) {
    closeSession(error instanceof Failure && error.kind === 'refused' ? 'logged-out' : 'unreached');
  }
}

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly (readonly [value: string, text: string])[];
  /** The options' values are languages, each in its own words. */
  tongues?: boolean;
  onChange: (value: string) => void;
}

function Choice({ label, value, options, tongues = false, onChange }: ChoiceProps) {
  const id = useId();
  return (
    <div className="setting">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="select" value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map(([key, text]) => (
          <option key={key} value={key} lang={tongues ? key : undefined}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

export function Settings({ onHelp }: { onHelp: () => void }) {
  const session = useSession();
  const id = useId();
  const interval = refreshInterval.use();
  const chosen = theme.use();
  const language = useLanguage();
  return (
    <>
      <button
        type="button"
        className="icon-button"
        popoverTarget={id}
        aria-label={t.bar.settings}
        title={t.bar.settings}
      >
        <SettingsIcon />
      </button>
      <div id={id} popover="auto" className="settings" role="dialog" aria-label={t.bar.settings}>
        <p className="settings-who">
          {t.bar.loggedInAs(session.user ?? '')} <span className="quiet">{session.role && t.role[session.role]}</span>
        </p>
        <Choice
          label={t.bar.interval}
          value={String(interval)}
          options={INTERVALS.map((seconds) => [String(seconds), t.bar.every(t.seconds(seconds))])}
          onChange={(value) => refreshInterval.set(Number(value))}
        />
        <Choice
          label={t.bar.theme}
          value={chosen}
          options={THEMES.map((name) => [name, t.bar.themes[name]])}
          onChange={(value) => chooseTheme(value as Theme)}
        />
        <Choice
          label={t.bar.language}
          value={language}
          options={Object.entries(LANGUAGES)}
          tongues
          onChange={(value) => void chooseLanguage(value as Language).catch(() => undefined)}
        />
        <div className="settings-end">
          <button type="button" className="button" popoverTarget={id} popoverTargetAction="hide" onClick={onHelp}>
            {t.help.title}
          </button>
          <button type="button" className="button" onClick={() => void logOut()}>
            <LogOutIcon /> {t.bar.logOut}
          </button>
        </div>
      </div>
    </>
  );
}
