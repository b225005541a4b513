/** A drawing as a PNG file, painted on a canvas: the fonts are the page's, which an svg shown as an image would not have. */
import type { Drawing, Mark } from './export-drawing.ts';

/** Pixels of the file to one of the page. */
export const PNG_SCALE = 2;

/** Rejects where the browser gives no canvas of that size. */
export async function pngBlob(drawing: Drawing): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(drawing.width * PNG_SCALE);
  canvas.height = Math.ceil(drawing.height * PNG_SCALE);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The browser gives no canvas to draw on. Save as SVG instead.');
  await document.fonts.ready;
  context.scale(PNG_SCALE, PNG_SCALE);
  context.fillStyle = drawing.background;
  context.fillRect(0, 0, drawing.width, drawing.height);
  for (const mark of drawing.marks) paint(context, mark);
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) =>
        blob ? resolve(blob) : reject(new Error('The browser made no picture. Save as SVG instead.')),
      'image/png',
    ),
  );
}

function paint(context: CanvasRenderingContext2D, mark: Mark): void {
  context.globalAlpha = mark.opacity;
  context.fillStyle = mark.fill;
  context.strokeStyle = mark.stroke;
  context.lineWidth = mark.strokeWidth;
  context.lineJoin = 'round';
  context.setLineDash(mark.dash);
  if (mark.kind === 'path') {
    const path = new Path2D(mark.d);
    if (mark.fill !== 'none') context.fill(path);
    if (mark.stroke !== 'none') context.stroke(path);
    return;
  }
  const { font, anchor, x, y, text, turn } = mark;
  context.save();
  context.translate(x, y);
  context.rotate((turn * Math.PI) / 180);
  context.font = `${font.weight} ${font.size}px ${font.family}`;
  context.textAlign = anchor === 'middle' ? 'center' : anchor;
  if (mark.stroke !== 'none') context.strokeText(text, 0, 0);
  context.fillText(text, 0, 0);
  context.restore();
}
