// What the page promises, each claim in a browser of its own against the mock server.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { claim, main } from './harness.mjs';
import './claims_access.mjs';
import './claims_compare.mjs';
import './claims_network.mjs';
import './claims_tabs.mjs';
import './claims_text.mjs';
import './claims_use.mjs';

claim('FirstVisitHasNoInlineCodeAndAsksNoOtherHost', { server: { isEmpty: true } }, async (v) => {
  const response = await v.page.goto(v.url + '/');
  await v.field.waitFor();
  assert.match(response.headers()['content-security-policy'], /script-src 'self'; style-src 'self'/);
  assert.equal(await v.page.locator('script:not([src]), style, [onclick], [onload]').count(), 0);
  await v.shows(v.page.getByText('nano answers here'));
  await v.shows(v.button('Tell me a story about Tim and a dog.'), 'a small model is asked for what it does not know');
});

claim('FirstScreenIsAtMost200KilobytesCompressed', { server: { isEmpty: true } }, async (v) => {
  const bodies = [];
  v.page.on('response', (response) => !response.url().includes('/api/') && bodies.push(response.body().then((body) => [response.url(), body])));
  await v.open();
  await v.page.waitForLoadState('networkidle');
  const sizes = (await Promise.all(bodies)).map(([url, body]) => (url.endsWith('.woff2') ? body.length : gzipSync(body, { level: 9 }).length));
  const sum = sizes.reduce((a, b) => a + b, 0);
  console.error(`first screen: ${sum} bytes in ${sizes.length} files`);
  assert.ok(sizes.length >= 4 && sum <= 200_000, `${sum} bytes in ${sizes.length} files`);
});

claim('AnswerStreamsAndIsMarkedUp', {}, async (v) => {
  await v.open();
  await v.ask('A tour');
  const answer = v.answer();
  await v.shows(answer.getByRole('heading', { name: 'A list' }));
  assert.equal(await answer.locator('table td').count(), 6);
  await v.shows(answer.locator('code .hljs-keyword').first());
  assert.equal(await answer.locator('.katex').count(), 4);
  assert.match(await answer.textContent(), /<script>alert\(1\)<\/script>/);
  assert.equal(await answer.locator('a').getAttribute('rel'), 'noopener noreferrer');
});

claim('CodeIsCopied', { permissions: ['clipboard-read', 'clipboard-write'] }, async (v) => {
  await v.open();
  await v.ask('A tour');
  await v.button('Copy').click();
  await v.shows(v.button('Copied'));
  assert.match(await v.page.evaluate(() => navigator.clipboard.readText()), /^def gcd[\s\S]*return a {2}# 12 for gcd\(36, 24\)$/);
});

claim('StreamedAnswerIsTheReloadedAnswer', {}, async (v) => {
  await v.open();
  await v.ask('A tour');
  const look = async () => {
    await v.page.locator('.hljs-keyword').first().waitFor();
    await v.page.locator('.katex').nth(3).waitFor();
    return v.answer().locator('.markdown').innerHTML();
  };
  const streamed = await look();
  await v.page.reload();
  assert.equal(await look(), streamed);
});

claim('GrowingAnswerKeepsItsFinishedNodes', {}, async (v) => {
  await v.open();
  await v.send('a long one');
  await v.page.locator('.markdown .block').nth(1).waitFor();
  await v.page.evaluate(() => (document.querySelector('.markdown .block p').isTheSame = true));
  await v.page.locator('.markdown .block').nth(3).waitFor();
  assert.equal(await v.page.evaluate(() => document.querySelector('.markdown .block p').isTheSame), true);
  await v.page.keyboard.press('Escape');
  await v.settled();
  assert.equal(await v.page.evaluate(() => document.querySelector('.markdown .block p').isTheSame), true);
});

const HOSTILE = {
  script: '<script>window.hacked = 1</script><img src=x onerror="window.hacked = 1"><svg onload="window.hacked = 1">',
  links: '[a](javascript:window.hacked=1) [b](data:text/html,x) [c](  JaVaScRiPt:1) <javascript:alert(1)> [d](https://ok.test/)',
  pictures: '![x](http://evil.test/x.png) <img src="http://evil.test/y.png"> <style>*{background:url(http://evil.test/z)}</style>',
  attributes: '```"><img src=x onerror=window.hacked=1>\ncode\n``` \n\n[t](https://ok.test/ "\\"><script>window.hacked=1</script>")',
  formulas: '$\\href{javascript:window.hacked=1}{x}$ $\\htmlStyle{color:red}{x}$ $\\def\\a{\\a\\a}\\a$ $$\\includegraphics{http://evil.test/q.png}$$',
  quotes: '>'.repeat(6000) + ' deep',
  lists: Array.from({ length: 400 }, (_, depth) => ' '.repeat(2 * depth) + '- x').join('\n'),
  stars: '*'.repeat(5000) + ' _'.repeat(2000) + '`'.repeat(999),
  brackets: '['.repeat(3000) + '](x'.repeat(500),
  table: '|a'.repeat(300) + '|\n' + '|-'.repeat(300) + '|\n' + '|b'.repeat(300) + '|',
  control: 'a\u202eb\u0007\ufeff \ud83d\ude00 zalgo\u0336\u0336',
};
for (const [kind, text] of Object.entries(HOSTILE)) {
  HOSTILE[kind] = text + '\n\nThe end is reached.';
}

claim('HostileMarkdownDoesNothingAndIsShown', { server: { isEmpty: true } }, async (v) => {
  for (const [kind, text] of Object.entries(HOSTILE)) {
    await v.open();
    await v.ask('echo:' + text);
    await v.shows(v.answer().getByText('The end is reached.'), kind);
    assert.equal(await v.page.evaluate(() => window.hacked), undefined, kind);
    const attributes = await v.answer().locator('.markdown *').evaluateAll((all) =>
      all.flatMap((each) => [...each.attributes].map((a) => `${a.name}=${a.value}`)).filter((a) => /^on|^src|javascript:(?!alert)|^href=(?!https?:)/i.test(a)));
    assert.deepEqual(attributes.filter((each) => !each.startsWith('data-tex=')), [], kind);
    assert.ok((await v.page.evaluate(() => document.documentElement.scrollWidth)) <= 1440, kind);
  }
});

claim('StopEndsTheAnswerAndKeepsWhatIsThere', {}, async (v) => {
  await v.open();
  await v.send('a long one, patiently');
  await v.answer().getByText('Paragraph 1').waitFor();
  await v.button('Stop').click();
  await v.shows(v.answer().getByText('Stopped.'));
  const text = await v.answer().locator('.markdown').textContent();
  await v.page.reload();
  await v.shows(v.answer().getByText('Stopped.'));
  assert.equal((await v.answer().locator('.markdown').textContent()).trim(), text.trim());
  assert.match(text, /Paragraph 1/);
  assert.doesNotMatch(text, /Paragraph 5/);
});

claim('RegeneratedAnswersAreBranchesToWalkBetween', {}, async (v) => {
  await v.open();
  await v.ask('Hello');
  const first = await v.answer().locator('.markdown').textContent();
  await v.button('Write the answer anew').click();
  await v.settled();
  const second = await v.answer().locator('.markdown').textContent();
  assert.notEqual(second, first);
  await v.shows(v.answer().getByText('2 / 2'));
  const leaf = async () => (await v.api(`/api/conversations/${v.conversation}`)).conversation.active_leaf;
  const older = (await v.messages())[1].id;
  await v.button('Version before').click();
  await v.shows(v.answer().getByText('1 / 2'));
  assert.equal(await v.answer().locator('.markdown').textContent(), first);
  await v.becomes(leaf, older);
  await v.page.reload();
  await v.shows(v.answer().getByText('1 / 2'), 'the branch is not remembered');
});

claim('BranchBeginsAtAnyAnswer', {}, async (v) => {
  await v.open();
  await v.ask('Hello');
  await v.ask('And then?');
  await v.answer(0).hover();
  await v.button('More for this answer').first().click();
  await v.page.getByRole('menuitem', { name: 'Begin a branch here' }).click();
  assert.equal(await v.page.locator('article').count(), 2);
  await v.ask('Or otherwise?');
  await v.shows(v.page.locator('article.user').nth(1).getByText('2 / 2'));
  await v.button('Version before').click();
  await v.shows(v.page.locator('article.user').getByText('And then?'));
});

claim('EditedTurnIsABranchWithItsOwnAnswer', {}, async (v) => {
  await v.open();
  await v.ask('Hello');
  await v.button('Edit the message').click();
  await v.page.getByRole('textbox', { name: 'Edit your message' }).fill('What is 17 * 23?');
  await v.button('Send', { exact: true }).first().click();
  await v.settled();
  await v.shows(v.answer().getByText('391').last());
  await v.button('Version before').first().click();
  await v.shows(v.page.locator('article.user').getByText('Hello'));
});

claim('EditedAnswerIsKeptBesideAndRecorded', {}, async (v) => {
  await v.open();
  await v.ask('Hello');
  await v.button('More for this answer').click();
  await v.page.getByRole('menuitem', { name: 'Edit the answer' }).click();
  await v.page.getByRole('textbox', { name: 'Edit the answer' }).fill('A better answer.');
  await v.button('Keep as a new version').click();
  await v.shows(v.answer().getByText('A better answer.'));
  await v.shows(v.answer().getByText('2 / 2'));
  assert.equal((await v.api('/api/feedback')).events[0].kind, 'edit');
});

claim('ReasoningAndToolsShowAsTheyHappenAndFoldAfterwards', {}, async (v) => {
  await v.open();
  await v.send('Please think, patiently: what is 17 * 23?');
  await v.shows(v.page.locator('.fold.live .inside').getByText('The question asks'), 'reasoning is not shown while it happens');
  v.letGo();
  await v.shows(v.page.getByText('Using calculator'), 'a call is not shown while it happens');
  v.letGo();
  await v.settled();
  const folds = v.answer().locator('.fold > button');
  assert.deepEqual(await folds.evaluateAll((all) => all.map((each) => each.getAttribute('aria-expanded'))), ['false', 'false']);
  await folds.last().click();
  await v.shows(v.answer().locator('pre').getByText('391'));
});

claim('ThumbIsStoredAtOnceAndReasonsAreAdded', { server: { isEmpty: true } }, async (v) => {
  await v.open();
  await v.ask('Hello');
  await v.button('Bad answer').click();
  await v.page.getByText('What is wrong with it?').waitFor();
  await v.becomes(async () => (await v.api('/api/feedback')).events.length, 1);
  await v.button('Too long').click();
  await v.page.getByPlaceholder('In your own words').fill('Half would do');
  await v.button('Done').click();
  const newest = async () => {
    const [{ value, reasons, note }] = (await v.api('/api/feedback')).events;
    return [value, reasons, note];
  };
  await v.becomes(newest, [-1, ['too_long'], 'Half would do']);
  await v.page.goto(v.url + '/collected');
  await v.shows(v.page.getByText('“Half would do”'));
});

claim('SearchLeadsToTheMessage', {}, async (v) => {
  await v.open();
  await v.page.keyboard.press('Control+k');
  await v.page.getByRole('combobox', { name: 'Search conversations' }).fill('remainder');
  await v.shows(v.page.locator('mark').getByText('remainder'));
  await v.page.keyboard.press('Escape');
  assert.equal(await v.page.locator('dialog').count(), 0, 'Escape does not close what holds a text');
  await v.page.keyboard.press('Control+k');
  await v.page.getByRole('combobox', { name: 'Search conversations' }).fill('remainder');
  await v.shows(v.page.locator('mark').getByText('remainder'));
  await v.page.keyboard.press('Enter');
  await v.shows(v.answer().getByText('Euclid').or(v.answer().getByText('remainder')).first());
  assert.match(v.page.url(), /\/c\/c_1#m_c_1_2$/);
  assert.equal(await v.page.evaluate(() => document.activeElement.id), 'message-m_c_1_2');
});

claim('SearchNamesEachConversationOnce', {}, async (v) => {
  await v.open();
  await v.page.keyboard.press('Control+k');
  await v.page.getByRole('combobox', { name: 'Search conversations' }).fill('glass');
  await v.shows(v.page.getByRole('option').nth(1));
  assert.deepEqual(await v.page.locator('#hits .title').allTextContents(), ['A poem about glass']);
});

claim('ConversationsAreRenamedMovedPinnedAndDeleted', {}, async (v) => {
  await v.open('/c/c_2');
  const actions = async (name, item) => {
    await v.page.getByRole('link', { name, exact: true }).hover();
    await v.button(`Actions for ${name}`).click();
    await v.page.getByRole('menuitem', { name: item }).click();
  };
  await actions('A poem about glass', 'Rename');
  await v.page.getByLabel('Title', { exact: true }).fill('Glass');
  await v.page.keyboard.press('Enter');
  await v.shows(v.page.getByRole('link', { name: 'Glass', exact: true }));
  await actions('Glass', 'Move to folder');
  await v.button('New folder').last().click();
  await v.page.getByLabel('Name', { exact: true }).fill('Poems');
  await v.page.keyboard.press('Enter');
  await v.shows(v.page.locator('.inside').getByRole('link', { name: 'Glass', exact: true }));
  await actions('Glass', 'Delete');
  await v.button('Delete').click();
  await v.page.getByText('The conversation is deleted.').waitFor();
  assert.equal(await v.page.getByRole('link', { name: 'Glass', exact: true }).count(), 0);
  assert.equal(new URL(v.page.url()).pathname, '/');
  assert.ok((await v.api('/api/conversations')).conversations.every((each) => each.id !== 'c_2'));
});

claim('ConversationIsExportedAsAFile', {}, async (v) => {
  await v.open('/c/c_1');
  await v.button('Actions for this conversation').click();
  const [download] = await Promise.all([v.page.waitForEvent('download'), v.page.getByRole('menuitem', { name: 'Export as Markdown' }).click()]);
  assert.equal(download.suggestedFilename(), 'Greatest common divisors.md');
  assert.match(readFileSync(await download.path(), 'utf8'), /remainder of the division/);
});

claim('ControlsComeFromTheServersDescription', {}, async (v) => {
  await v.open();
  await v.button('Settings').click();
  await v.page.locator('summary').evaluateAll((all) => all.forEach((each) => each.click()));
  const { groups } = await v.api('/api/settings');
  const panel = v.page.locator('.panel');
  for (const field of groups.flatMap((group) => group.fields)) {
    await v.shows(panel.getByText(field.help, { exact: true }).first(), `no control of ${field.name}`);
  }
  const tokens = panel.getByLabel('Max tokens');
  await tokens.fill('99999');
  await tokens.press('Tab');
  await v.shows(panel.getByText('Between 1 and 2,048.'));
  await tokens.fill('64');
  await tokens.press('Tab');
  await panel.getByLabel('System prompt').fill('Be brief.');
  await v.ask('Hello');
  const { conversation } = await v.api(`/api/conversations/${v.conversation}`);
  assert.deepEqual([conversation.settings, conversation.system_prompt], [{ max_tokens: 64 }, 'Be brief.']);
});

claim('ListsAreEditedItemByItem', {}, async (v) => {
  await v.open();
  await v.button('Settings').click();
  const panel = v.page.locator('.panel');
  await panel.locator('summary').evaluateAll((all) => all.forEach((each) => each.click()));
  const order = () => panel.getByRole('list', { name: 'Steps of drawing' }).locator('.name').allTextContents();
  assert.deepEqual(await order(), ['Penalties', 'Top-k', 'Temperature', 'Top-p', 'Min-p']);
  await v.button('Temperature: later').click();
  await v.button('Top-k: leave out').click();
  assert.deepEqual(await order(), ['Penalties', 'Top-p', 'Temperature', 'Min-p']);
  await v.button('Add Top-k').click();
  const stop = panel.getByRole('textbox', { name: 'Stop' });
  for (const text of ['END', 'one, two', '\\n\\n']) {
    await stop.fill(text);
    await stop.press('Enter');
  }
  assert.deepEqual(await panel.getByRole('list', { name: 'Stop' }).locator('code').allTextContents(), ['END', 'one\\, two', '\\n\\n']);
  await v.button('Remove END').click();
  await v.ask('Hello');
  const { settings } = (await v.messages())[1];
  assert.deepEqual(settings, { samplers: 'penalties,top_p,temperature,min_p,top_k', stop: 'one\\, two,\\n\\n' });
});

claim('ModelIsSwitchedAndLoaded', {}, async (v) => {
  await v.open();
  await v.page.getByRole('button', { name: /^Model:/ }).click();
  await v.page.getByRole('menuitemradio', { name: /smollm2/ }).click();
  await v.shows(v.page.getByText('loading…'));
  await v.page.getByText('loading…').waitFor({ state: 'detached' });
  await v.shows(v.button('Write a Python function that reverses a list.'));
  await v.ask('Hello');
  await v.shows(v.answer().getByText(/^smollm2 ·/));
});

claim('TextFilesAreAttachedAndOthersRefused', {}, async (v) => {
  await v.open();
  const picker = v.page.getByLabel('Text files to attach');
  await picker.setInputFiles({ name: 'picture.png', mimeType: 'image/png', buffer: Buffer.from([0x89, 0x50, 0, 0xff]) });
  await v.shows(v.page.getByText('“picture.png” is not a text file in UTF-8.'));
  await picker.setInputFiles({ name: 'big.txt', mimeType: 'text/plain', buffer: Buffer.alloc(300_000, 'x') });
  await v.shows(v.page.getByText(/“big.txt” is too large/));
  await picker.setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('one\ntwo') });
  await v.ask('What does it say?');
  await v.shows(v.page.locator('article.user').getByText('notes.txt'));
  const messages = await v.messages();
  assert.deepEqual(messages[0].parts[0], { type: 'attachment', name: 'notes.txt', text: 'one\ntwo' });
});

claim('OutgrownContextIsSaidWhereItHappened', {}, async (v) => {
  await v.open();
  await v.ask('Hello');
  await v.ask('This will outgrow');
  const line = v.page.getByText('outgrew the 2,048 tokens');
  await v.shows(line);
  const [lineTop, secondTop] = [await line.boundingBox(), await v.page.locator('article.user').nth(1).boundingBox()].map((box) => box.y);
  assert.ok(lineTop < secondTop && lineTop > (await v.answer(0).boundingBox()).y);
});

claim('FailedAnswerSaysWhyAndCanBeAskedAnew', {}, async (v) => {
  await v.open();
  await v.ask('please fail');
  await v.shows(v.answer().getByText('The model ran out of memory.'));
  await v.shows(v.button('Write the answer anew'));
});

claim('EverythingIsDeletedAfterTheWordIsWritten', {}, async (v) => {
  await v.open();
  await v.button('Preferences').click();
  await v.button('Delete everything').click();
  const confirm = v.page.locator('dialog').getByRole('button', { name: 'Delete everything' }).last();
  assert.ok(await confirm.isDisabled());
  await v.page.getByLabel('Write “everything” to go on').fill('everything');
  await confirm.click();
  await v.page.getByText('Everything is deleted.').waitFor();
  assert.deepEqual((await v.api('/api/conversations')).conversations, []);
});

await main();
