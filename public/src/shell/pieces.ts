// Pieces of the page that are fetched when they are wanted. One that cannot be had because the server is away comes when it is back.
import { serverAnswers } from '../api/client';

/** Between two tries, milliseconds. */
const RETRY_MS = 3_000;
/** The page loads itself anew at most this often, milliseconds: a piece that is really not there must not make it do so for ever. */
const RELOAD_LEAST_MS = 60_000;
const KEY = 'signalbox.reloaded';

export interface Surroundings {
  answers: () => Promise<boolean>;
  wait: (ms: number) => Promise<void>;
  /** Loads the page anew; false: it has just done so. */
  reload: () => boolean;
}

const browser: Surroundings = {
  answers: serverAnswers,
  wait: (ms) => new Promise((done) => setTimeout(done, ms)),
  reload() {
    const last = Number(sessionStorage.getItem(KEY));
    if (Date.now() - last < RELOAD_LEAST_MS) return false;
    sessionStorage.setItem(KEY, String(Date.now()));
    location.reload();
    return true;
  },
};

/**
 * The piece, as soon as it can be had. A server that answers and does not have it has a newer page than this one (its names are hashes), or the
 * browser remembers the failure: then the whole page is loaded anew.
 */
export async function piece<T>(load: () => Promise<T>, around: Surroundings = browser): Promise<T> {
  try {
    return await load();
  } catch {
    while (!(await around.answers())) await around.wait(RETRY_MS);
  }
  try {
    return await load();
  } catch (error) {
    if (!around.reload()) throw error;
    return new Promise<never>(() => undefined);
  }
}
