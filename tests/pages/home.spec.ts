// The front door.
import { deflateRawSync } from 'node:zlib';
import { expect, test } from '@playwright/test';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'the front door trains on WASM');
});

const LINK = `#1.${deflateRawSync(JSON.stringify({ kind: 'lab', recipe: { world: 'reviews', labels: {}, seed: 11 }, title: 'Eleven' })).toString('base64url')}`;

test('a link that was made when the Lab was here opens in the Lab, whole', async ({ page, baseURL }) => {
  await page.goto(`?debug${LINK}`);
  await expect(page).toHaveURL(`${baseURL}lab/?debug${LINK}`);
  await expect(page.getByTestId('visit')).toContainText('Eleven');
  await page.getByRole('link', { name: 'Swayground', exact: true }).click();
  await expect(page).toHaveURL(baseURL!);
  await page.evaluate((hash) => void (location.hash = hash), LINK); // pasted behind the address
  await expect(page).toHaveURL(`${baseURL}lab/${LINK}`);
  await expect(page.getByTestId('visit')).toContainText('Eleven');
});
