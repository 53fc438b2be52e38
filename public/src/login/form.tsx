// The log-in: name and password go to the server once, which answers with a session; neither is kept.
import './login.css';
import { type FormEvent, useId, useRef, useState } from 'react';
import { beginSession, Failure } from '../api/client';
import { type Farewell, openSession, useSession } from '../api/session';
import { chooseLanguage, LANGUAGES, type Language, t, useLanguage } from '../strings';
import { SignalHead } from '../ui/lamp';
import { useTab } from '../ui/tab';

function explain(error: unknown): string {
  if (!(error instanceof Failure)) return t.login.silent;
  if (error.kind === 'refused') return t.login.refused;
  return error.kind === 'problem' ? t.login.problem(error.message) : t.login.silent;
}

/** What is wrong before anybody is asked; null: nothing. */
function complaintOf(name: string, password: string): string | null {
  return name && password ? null : t.login.missing;
}

function noticeOf(farewell: Farewell): string {
  const notices = { expired: t.login.expired, 'logged-out': t.login.loggedOut, unreached: t.login.unreached };
  return notices[farewell];
}

/** Before anybody is known, too: who reads neither language of the browser's would not find the settings. */
function Languages() {
  const language = useLanguage();
  return (
    <fieldset className="login-languages">
      <legend className="sr-only">{t.bar.language}</legend>
      {(Object.entries(LANGUAGES) as [Language, string][]).map(([tag, name]) => (
        <button
          key={tag}
          type="button"
          className="text-link"
          lang={tag}
          aria-pressed={tag === language}
          onClick={() => void chooseLanguage(tag).catch(() => undefined)}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}

export function LoginForm() {
  const { farewell } = useSession();
  const [complaint, setComplaint] = useState<string | null>(null);
  const [trying, setTrying] = useState(false);
  const [shown, setShown] = useState(false);
  const password = useRef<HTMLInputElement>(null);
  const id = useId();
  useTab(t.tab.login, 'no-data');

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (trying) return;
    const form = new FormData(event.currentTarget);
    const name = String(form.get('name')).trim();
    const secret = String(form.get('password'));
    const wrong = complaintOf(name, secret);
    setComplaint(wrong);
    if (wrong) return;
    setTrying(true);
    try {
      openSession(await beginSession(name, secret));
    } catch (error) {
      setComplaint(explain(error));
      setTrying(false);
      password.current?.select();
    }
  }

  const notice = farewell && noticeOf(farewell);
  return (
    <main className="login">
      <form className="login-form" onSubmit={submit} noValidate aria-labelledby={`${id}-title`}>
        <div className="login-brand">
          <SignalHead light="no-data" />
          <div>
            <p className="brand-name">{t.product}</p>
            <h1 id={`${id}-title`}>{t.login.title}</h1>
            <p className="quiet">{t.login.lead}</p>
          </div>
        </div>
        <p className={complaint ? 'notice notice-bad' : 'notice'} role="alert" id={`${id}-notice`}>
          {complaint ?? notice}
        </p>
        <label htmlFor={`${id}-name`}>{t.login.name}</label>
        <input
          id={`${id}-name`}
          name="name"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          aria-describedby={`${id}-notice`}
          aria-invalid={complaint !== null}
        />
        <label htmlFor={`${id}-password`}>{t.login.password}</label>
        <div className="password">
          <input
            id={`${id}-password`}
            ref={password}
            name="password"
            type={shown ? 'text' : 'password'}
            autoComplete="current-password"
            required
            aria-describedby={`${id}-notice`}
            aria-invalid={complaint !== null}
          />
          <button
            type="button"
            className="button quiet-button"
            aria-label={shown ? t.login.hidePassword : t.login.showPassword}
            onClick={() => setShown(!shown)}
          >
            {shown ? t.login.hide : t.login.show}
          </button>
        </div>
        <button type="submit" className="button primary" aria-disabled={trying}>
          {trying ? t.login.trying : t.login.submit}
        </button>
        <Languages />
      </form>
    </main>
  );
}
