// A button that copies a text, and says that it did.
import { useEffect, useState } from 'react';
import { t } from '../strings';

/** How long "copied" stands there, milliseconds. */
const SAID_MS = 2500;

/** Without the clipboard's consent (an http page far away) a hidden field and the old command do it. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'sr-only';
    (document.querySelector('dialog[open]') ?? document.body).append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    return done;
  }
}

export function CopyButton({ text, label, className = 'button' }: { text: string; label: string; className?: string }) {
  const [said, setSaid] = useState<string | null>(null);
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(null), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <button
      type="button"
      className={className}
      onClick={async () => setSaid((await copy(text)) ? t.copied : t.notCopied)}
    >
      <span aria-live="polite">{said ?? label}</span>
    </button>
  );
}
