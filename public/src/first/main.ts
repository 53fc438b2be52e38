// What is fetched first, and small: it asks for the overview at once, shows what it says, and lets the rest of the page come after that. Over a slow line
// whoever looks has the answer in a third of the time.
import '../ui/tokens.css';
import '../ui/base.css';
import '../shell/shell.css';
import '../health/page.css';
import '../ui/theme';
import { getFirstOverview } from '../api/client';
import { restoreSession } from '../api/session';
import type { Overview } from '../api/types';
import { piece } from '../shell/pieces';
import { startLanguage } from '../strings';
import { pageUnder, placeOf } from '../ui/address';
import { drawApology, drawPicture } from './picture';

/** The rest of the page waits so long at most for the first answer, milliseconds. */
const FIRST_ANSWER_MS = 3_000;

/** null: none that came in time. */
function answerInTime(answer: Promise<Overview>): Promise<Overview | null> {
  return Promise.race([
    answer.catch(() => null),
    new Promise<null>((resolve) => setTimeout(resolve, FIRST_ANSWER_MS, null)),
  ]);
}

/** A page that nobody sees is never painted: so long is waited for that at most, milliseconds. */
const NOT_PAINTED_MS = 100;

/** What was drawn is on the screen. */
function whenPainted(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, NOT_PAINTED_MS);
  });
}

function isOverview(): boolean {
  const place = placeOf(location.hash);
  return (place.service ? pageUnder() : place).page === 'overview' && place.incident === null;
}

/** The server was lost before all of the page was here: it is tried again, and whoever waits is told. */
function apologise(picture: HTMLElement, error: unknown): never {
  if (!picture.hasChildNodes()) drawApology(picture);
  throw error;
}

async function begin(root: HTMLElement, picture: HTMLElement) {
  const answer = getFirstOverview();
  const restored = restoreSession();
  const inTime = answerInTime(answer);
  await startLanguage();
  const fetchRest = () => piece(() => import('../start').catch((error: unknown) => apologise(picture, error)));
  // Where the picture is wanted it has the line to itself.
  const rest = isOverview()
    ? inTime.then(async (overview) => {
        if (overview) {
          drawPicture(picture, overview);
          await whenPainted();
        }
        return fetchRest();
      })
    : fetchRest();
  const [{ start }, overview] = await Promise.all([rest, inTime, restored]);
  start(root, picture, overview);
}

const root = document.getElementById('page');
const picture = document.getElementById('picture');
if (root && picture) void begin(root, picture);
