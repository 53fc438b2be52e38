// Lua source from values of JavaScript: settings of a test's checks.

export function lua(value) {
  if (value === null || value === undefined) return 'nil';
  if (Array.isArray(value)) return `{ ${value.map(lua).join(', ')} }`;
  if (typeof value === 'object')
    return `{ ${Object.entries(value)
      .map(([key, item]) => `[${lua(key)}] = ${lua(item)}`)
      .join(', ')} }`;
  return JSON.stringify(value); // numbers, booleans and plain ASCII texts are written alike in both
}
