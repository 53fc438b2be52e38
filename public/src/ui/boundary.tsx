// What is shown when the page itself breaks: never a blank one.
import { Component, type ReactNode } from 'react';
import { t } from '../strings';

export class Boundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <main className="broken">
        <h1>{t.broken}</h1>
        <p>{t.brokenNote}</p>
        <button type="button" className="button primary" onClick={() => location.reload()}>
          {t.reload}
        </button>
      </main>
    );
  }
}
