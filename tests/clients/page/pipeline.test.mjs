// The pipeline view as somebody at a keyboard meets it, over the quarter that can be worked out by hand.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { browser, demo, fileOf } from './start.mjs';

let counting;
let live;
let chrome;
let folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leadline-page-'));
  const [settings] = readFileSync(fileOf('tests/worlds/q1/settings.toml'), 'utf8').split('[ledger]');
  writeFileSync(join(folder, 'live.toml'), settings);
  const world = fileOf('tests/worlds/q1');
  [counting, live, chrome] = await Promise.all([
    demo('--world', world),
    demo('--world', world, '--config', join(folder, 'live.toml')),
    browser(),
  ]);
});
after(async () => {
  await Promise.all([counting?.stop(), live?.stop(), chrome?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

/** The pipeline view with its numbers drawn. */
async function pipeline(view = 'revops', options = {}) {
  const opened = await chrome.open(`${counting.origin}/#pipeline`, options);
  const { page } = opened;
  await page.waitForSelector('#funnel .figure');
  if (view !== 'revops') await page.selectOption('#view', view);
  await drawn(page, view);
  return opened;
}

const drawn = (page) => page.waitForSelector('#pipeline-view[aria-busy=false]:has(#funnel .figure, #notice p)');
const texts = (page, selector) => page.locator(selector).allInnerTexts();
const flat = (text) => text.replace(/\s+/g, ' ').trim();
const cents = (text) => BigInt(text.replace(/[^\d-]/g, ''));
const focused = (page) => page.evaluate(() => document.activeElement.innerText.replace(/\s+/g, ' '));

describe('the pipeline view', { concurrency: 3 }, () => {
  test('draws the numbers of the quarter, as the gateway tells them', async () => {
    const { page, amiss } = await pipeline();
    const stages = (await texts(page, '#funnel .stage')).map(flat);
    assert.deepEqual(stages, ['Leads created 10', 'MQL 10', 'SAL 6', 'SQL 5', 'Opportunities 6', 'New customers 3']);
    const rates = (await texts(page, '#funnel .step .amount')).map(flat);
    assert.deepEqual(rates, ['60 %', '40 %', '50 %', '40 %']);
    const months = (await texts(page, '#cohorts tbody tr')).map(flat);
    assert.deepEqual(months, ['Jan 2025 4 2 50 %', 'Feb 2025 2 1 50 %', 'Mar 2025 4 1 25 %']);
    const win = (await texts(page, '#win .figures .figure .amount')).map(flat);
    assert.deepEqual(win, ['60 %', '65.4545 %', '33.3333 %', '40 %']);
    assert.equal(flat(await page.innerText('#velocity .main')), 'Pipeline velocity 467.03 USD a day');
    const money = (await texts(page, '#money .figure')).map(flat);
    assert.ok(money.includes('Cost per customer 9000.00 USD 27000 for 3'), money.join('\n'));
    assert.ok(money.includes('Coverage Coverage needs a target for the period.'), money.join('\n'));
    assert.match(await page.innerText('#sources'), /All \d+ streams are captured/);
    assert.deepEqual(amiss, []);
    await page.close();
  });

  test('opens a figure by Enter, closes it by Escape, and gives the focus back', async () => {
    const { page, amiss } = await pipeline();
    const figure = page.getByRole('button', { name: /^Win rate by count 60/ });
    await figure.focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('#panel .records li');
    const panel = flat(await page.innerText('#panel'));
    assert.match(panel, /opportunities won ÷ opportunities won or lost, closed in the period/);
    assert.match(panel, /winRateBasis: COUNT/);
    assert.match(panel, /Value 0\.600000 Numerator 3 Denominator 5 Sample 5/);
    assert.match(panel, /5 records behind it/);
    assert.equal(await page.evaluate(() => document.activeElement.closest('#panel') !== null), true);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#panel').isVisible(), false);
    assert.equal(await focused(page), flat(await figure.innerText()));
    assert.deepEqual(amiss, []);
    await page.close();
  });

  test('is walked through by Tab alone, with the focus always seen', async () => {
    const { page } = await pipeline();
    await page.locator('#to-query').focus();
    await page.evaluate(() => {
      window.walked = [];
      document.addEventListener('focusin', ({ target }) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(target);
        const isSeen = outlineStyle !== 'none' && outlineWidth !== '0px';
        window.walked.push({ isSeen, text: target.innerText.replace(/\s+/g, ' ').trim() });
      });
    });
    for (let steps = 0; steps < 70; steps += 1) await page.keyboard.press('Tab');
    const all = await page.evaluate(() => window.walked);
    assert.deepEqual(all.filter(({ isSeen }) => !isSeen), [], 'nothing has the focus unseen');
    const walked = all.map(({ text }) => text);
    const places = ['Pipeline', 'Leads created 10', 'SQL 5', '25 %', 'Pipeline velocity 467.03 USD a day', '36000.00'];
    const found = places.map((place) => walked.indexOf(place));
    assert.ok(found.every((at, place) => at > (found[place - 1] ?? -1)), `${places}: ${found} of ${walked.join(' | ')}`);
    await page.close();
  });

  test('leads from a number to a record, asked for in the query view', async () => {
    const { page, amiss } = await pipeline();
    await page.locator('#cohorts .cell').first().click();
    await page.waitForSelector('#panel .records li');
    assert.equal(await page.innerText('#panel-title'), 'MQL to SQL, Jan 2025');
    assert.equal(await page.locator('#panel .records li').count(), 4);
    await page.locator('#panel .records a').first().click();
    await page.waitForFunction(() => document.querySelector('#answer').textContent.includes('Ada Brenner'));
    assert.equal(new URL(page.url()).hash, '#query');
    await page.goBack();
    assert.equal(await page.locator('#pipeline-view').isVisible(), true);
    assert.deepEqual(amiss, []);
    await page.close();
  });

  test('divides what was won by the model that is chosen, to the cent', async () => {
    const { page, amiss } = await pipeline();
    for (const model of ['', 'FIRST_TOUCH', 'W_SHAPED', 'TIME_DECAY']) {
      await page.selectOption('#model', model);
      const said = model === '' ? 'No agreement' : 'Credited to touches';
      await page.waitForFunction((said) => document.querySelector('#attribution .note:last-child')?.textContent.startsWith(said), said);
      const parts = (await texts(page, '#attribution .cell')).map(cents);
      assert.equal(parts.reduce((sum, part) => sum + part, 0n), 7_200_000n, model);
    }
    assert.deepEqual(amiss, []);
    await page.close();
  });

  test('follows the period and keeps it in the address', async () => {
    const { page } = await pipeline();
    await page.fill('#from', '2025-02-01');
    await page.fill('#to', '2025-02-28');
    await page.waitForFunction(() => document.querySelectorAll('#cohorts tbody tr').length === 1);
    await page.waitForFunction(() => document.querySelector('#funnel .stage').innerText.includes('4'));
    assert.match(page.url(), /from=2025-02-01&to=2025-02-28/);
    await page.reload();
    await drawn(page);
    assert.equal(await page.inputValue('#from'), '2025-02-01');
    await page.close();
  });

  test('leaves out what a view hides and says so in a note', async () => {
    const { page, amiss } = await pipeline('agency');
    await page.waitForFunction(() => document.querySelector('#notice').innerText.includes('no amounts'));
    for (const hidden of ['#attribution', '#money', '#velocity .main']) {
      assert.equal(await page.locator(hidden).isVisible(), false, hidden);
    }
    assert.equal(await page.locator('.said.error').count(), 0);
    assert.deepEqual(amiss, []);
    await page.close();
  });

  test('says in a sentence what a view may not learn, and shows it nowhere', async () => {
    const { page, amiss } = await pipeline('bi');
    await page.waitForFunction(() => document.querySelector('#money').innerText.includes('Withheld'));
    const told = flat(await page.innerText('#pipeline-view'));
    assert.match(told, /Revenue won Withheld: fewer people than this view may learn of\./);
    assert.doesNotMatch(told, /72000/);
    await page.getByRole('button', { name: /^Revenue won/ }).click();
    await page.waitForSelector('#panel .facts');
    assert.match(flat(await page.innerText('#panel')), /SUPPRESSED_SMALL_GROUP.*withheld from this view/);
    assert.deepEqual(amiss, []);
    await page.close();
  });

  test('fits a narrow screen, and stays still and dark for who wants that', async () => {
    const { page } = await pipeline('revops', { viewport: { width: 360, height: 740 }, colorScheme: 'dark', reducedMotion: 'reduce' });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(ground, 'rgb(14, 21, 27)');
    await page.locator('#funnel .stage').first().click();
    await page.waitForSelector('#panel .records li');
    assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector('#panel')).animationName), 'none');
    assert.ok((await page.evaluate(() => document.querySelector('#panel').scrollWidth)) <= 360);
    await page.close();
  });

  test('says what to set where nothing is captured', async () => {
    const { page, amiss } = await chrome.open(`${live.origin}/#pipeline`);
    await page.waitForSelector('#notice pre');
    const notice = await page.innerText('#notice');
    assert.match(notice, /these settings capture nothing/);
    assert.match(notice, /\[ledger\]\nurl = "sqlite:leadline\.db"/);
    assert.match(await page.innerText('#sources'), /Not captured/);
    assert.deepEqual(amiss, []);
    await page.close();
  });
});
