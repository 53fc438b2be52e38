// Waiting for a condition, never for a time.

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks again and again until `condition` returns something true, and returns that. An error counts as "not yet".
 * Fails after `seconds` with the sentence `what` and the last error.
 */
export async function until(what, condition, seconds = 20) {
  const deadline = Date.now() + seconds * 1000;
  let last;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`after ${seconds} s still not: ${what}`, { cause: last });
    await pause(15);
  }
}
