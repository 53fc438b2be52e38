// Waiting for a condition, never for a time.

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What `promise` resolves with, or after `seconds` an error with the sentence `what`: nothing that a test asks for may keep it for ever. */
export async function within(seconds, what, promise) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`after ${seconds} s still not: ${what}`)), seconds * 1000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Asks again and again until `condition` returns something true, and returns that. An error counts as "not yet".
 * Fails after `seconds` with the sentence `what` and the last error, also when one question is never answered.
 */
export async function until(what, condition, seconds = 20) {
  const deadline = Date.now() + seconds * 1000;
  let last;
  do {
    try {
      const value = await within(Math.max(1, (deadline - Date.now()) / 1000), 'an answer to the last question', (async () => condition())());
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await pause(15);
  } while (Date.now() <= deadline);
  throw new Error(`after ${seconds} s still not: ${what}`, { cause: last });
}
