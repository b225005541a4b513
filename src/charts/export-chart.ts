/** Saves a chart as a file. Loads lazily. */
import { giveFile } from '../base/give-file.ts';
import { drawingOf } from './export-drawing.ts';
import { pngBlob } from './export-png.ts';
import { svgText } from './export-svg.ts';

export type ChartFormat = 'svg' | 'png';

/** Resolves with the file's name. */
export async function saveChart(figure: HTMLElement, format: ChartFormat): Promise<string> {
  const drawing = drawingOf(figure);
  const blob =
    format === 'png' ? await pngBlob(drawing) : new Blob([svgText(drawing)], { type: 'image/svg+xml' });
  const plain = drawing.title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, ''); // prettier-ignore
  const name = `${plain || 'chart'}.${format}`;
  giveFile(blob, name);
  return name;
}
