// Numbers and times as people read them.

const number = new Intl.NumberFormat('en');
export const count = (value: number) => number.format(value);

export function plural(value: number, one: string, many = one + 's'): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let index = 0;
  while (value >= 1000 && index < units.length - 1) [value, index] = [value / 1000, index + 1];
  return `${value < 10 && index > 0 ? value.toFixed(1) : Math.round(value)} ${units[index]}`;
}

export function parameters(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)}B`;
  if (value >= 1e6) return `${Math.round(value / 1e6)}M`;
  return value >= 1e3 ? `${Math.round(value / 1e3)}k` : String(value);
}

export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return milliseconds < 1 ? 'under 1 ms' : `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  return seconds < 100 ? `${Math.round(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

const DAY_MS = 86_400_000;
const midnight = () => new Date().setHours(0, 0, 0, 0);

/** The heading under which a time stands in a list. */
export function dayGroup(time: number): string {
  const today = midnight();
  if (time >= today) return 'Today';
  if (time >= today - DAY_MS) return 'Yesterday';
  if (time >= today - 6 * DAY_MS) return 'The last seven days';
  if (time >= today - 29 * DAY_MS) return 'The last thirty days';
  return new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric' }).format(time);
}

export function when(time: number): string {
  const isToday = time >= midnight();
  return new Intl.DateTimeFormat('en', isToday ? { hour: '2-digit', minute: '2-digit' } : { day: 'numeric', month: 'short', year: 'numeric' })
    .format(time);
}

const MAX_FILE_NAME = 80;

/** A title as the name of a file on any system: letters and digits of every script, blanks, and - _ between them. */
export function fileName(title: string, ending: string): string {
  const words = title.normalize('NFC').replace(/[^\p{L}\p{M}\p{N}_-]+/gu, ' ');
  const name = [...words].slice(0, MAX_FILE_NAME).join('').replace(/^[\s_-]+|[\s_-]+$/g, '');
  const isReserved = /^(con|prn|aux|nul|com\d|lpt\d)$/i.test(name);
  return `${name && !isReserved ? name : `conversation ${name}`.trim()}.${ending}`;
}

/** top_p → Top p */
export function title(name: string): string {
  const words = name.replace(/_/g, ' ');
  return words[0].toUpperCase() + words.slice(1);
}
