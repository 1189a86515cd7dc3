import { existsSync } from 'node:fs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The Chromium of this machine; VITRINE_CHROMIUM names another. Undefined if there is none. */
export function chromiumPath() {
  return [process.env.VITRINE_CHROMIUM, ...PLACES].find((path) => path && existsSync(path));
}
