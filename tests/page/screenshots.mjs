// screenshots.mjs URL FOLDER: each page at three sizes, light and dark, for looking at. Exits with 1 on any console error.
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { chromiumPath } from './browser.mjs';

const [url, folder] = process.argv.slice(2);
const only = process.argv[4];
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
const SIZES = { phone: [360, 740], tablet: [820, 1180], desktop: [1440, 900] };
let problems = 0;

const ask = async (page, text) => {
  await page.getByRole('textbox', { name: 'Message', exact: true }).fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('button', { name: 'Send' }).waitFor({ timeout: 30_000 });
};

const SCENES = {
  first: async () => {},
  chat: async (page) => {
    await ask(page, 'Please think: what is 17 * 23?');
    await ask(page, 'Now a tour of what can be shown.');
    await page.waitForTimeout(600);
    await page.locator('.scroller').evaluate((element) => (element.scrollTop = 0));
  },
  chatEnd: async (page) => {
    await ask(page, 'A tour of what can be shown.');
    await page.waitForTimeout(800);
  },
  outgrown: async (page) => {
    await ask(page, 'Hello');
    await ask(page, 'This will outgrow');
  },
  settings: async (page) => page.keyboard.press('Alt+p'),
  sidebar: async (page, size) => size !== 'desktop' && page.getByRole('button', { name: 'Show the sidebar' }).click(),
  search: async (page) => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('the');
    await page.waitForTimeout(500);
  },
  models: async (page) => page.getByRole('button', { name: /^Model:/ }).click(),
  preferences: async (page, size) => {
    if (size !== 'desktop') await page.getByRole('button', { name: 'Show the sidebar' }).click();
    await page.getByRole('button', { name: 'Preferences' }).click();
  },
  thumb: async (page) => {
    await ask(page, 'Hello');
    await page.getByRole('button', { name: 'Bad answer' }).click();
    await page.waitForTimeout(200);
  },
  compare: async (page) => {
    await page.getByRole('button', { name: 'Compare answers' }).click();
    await ask(page, 'What is a language model?');
    await page.getByRole('button', { name: 'B is better' }).click();
  },
  collected: async (page) => {
    await page.goto(url + '/collected');
    await page.waitForTimeout(400);
  },
  compareStart: async (page) => page.goto(url + '/compare'),
  writing: async (page) => {
    await page.getByRole('textbox', { name: 'Message', exact: true }).fill('a long one that will think');
    await page.keyboard.press('Enter');
    await page.waitForTimeout(1600);
  },
};

for (const [size, [width, height]] of Object.entries(SIZES)) {
  if (process.env.SIZE && size !== process.env.SIZE) continue;
  for (const scheme of ['light', 'dark']) {
    for (const [scene, play] of Object.entries(SCENES)) {
      if (only && !only.split(',').includes(scene)) continue;
      const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme, hasTouch: size === 'phone' });
      page.setDefaultTimeout(8000);
      page.on('console', (message) => message.type() === 'error' && (problems++, console.log(scene, size, message.text())));
      page.on('pageerror', (error) => (problems++, console.log(scene, size, error.stack)));
      try {
        await page.goto(url + '/');
        await page.getByRole('textbox', { name: 'Message', exact: true }).waitFor({ timeout: 5000 });
        await page.waitForTimeout(300);
        await play(page, size);
        await page.waitForTimeout(250);
      } catch (error) {
        problems++;
        console.log(scene, size, scheme, String(error).slice(0, 500));
      }
      await page.screenshot({ path: `${folder}/${scene}-${size}-${scheme}.png` });
      await page.close();
    }
  }
}
await browser.close();
process.exit(problems ? 1 : 0);
