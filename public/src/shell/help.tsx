// The list of keys, and the switch that turns them off.
import { t } from '../strings';
import { Dialog } from '../ui/dialog';
import { shortcutsOn } from './shortcuts';

const KEYS = ['/', 'j', 'k', 'r', '?', 'Esc'] as const;

export default function Help({ onClose }: { onClose: () => void }) {
  const on = shortcutsOn.use();
  return (
    <Dialog title={t.help.title} onClose={onClose}>
      <dl className={on ? 'keys' : 'keys keys-off'}>
        {KEYS.map((key) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t.help.keys[key]}</dd>
          </div>
        ))}
      </dl>
      <label className="check">
        <input type="checkbox" checked={on} onChange={(event) => shortcutsOn.set(event.target.checked)} />
        {t.help.on}
      </label>
    </Dialog>
  );
}
