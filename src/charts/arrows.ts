/** A field of arrows as two path texts. */
import type { Point } from './line.ts';

/** Shorter ones are drawn as a dot. */
const LEAST = 0.04;

/** The longest arrow is `most` pixels; others are shorter by the root of their share, so that gentle slopes still show. */
export function arrows(
  places: readonly Point[],
  directions: readonly Point[],
  most: number,
): { shafts: string; heads: string } {
  const sizes = directions.map(({ x, y }) => Math.hypot(x, y));
  const largest = Math.max(...sizes.filter(Number.isFinite), 0);
  let shafts = '';
  let heads = '';
  places.forEach((place, i) => {
    const { x: dx, y: dy } = directions[i] as Point;
    const size = sizes[i] as number;
    if (!Number.isFinite(size)) return;
    const share = largest === 0 ? 0 : Math.sqrt(size / largest);
    if (share < LEAST) {
      heads += disc(place, 1);
      return;
    }
    const [ux, uy] = [dx / size, dy / size];
    const length = share * most;
    const head = Math.min(5, length * 0.5);
    const tip = { x: place.x + (ux * length) / 2, y: place.y + (uy * length) / 2 };
    const neck = { x: tip.x - ux * head, y: tip.y - uy * head };
    shafts += `M${at({ x: place.x - (ux * length) / 2, y: place.y - (uy * length) / 2 })}L${at(neck)}`;
    const side = head * 0.45;
    const corner = (by: number): Point => ({ x: neck.x - uy * by, y: neck.y + ux * by });
    heads += `M${at(tip)}L${at(corner(side))}L${at(corner(-side))}Z`;
  });
  return { shafts, heads };
}

const at = ({ x, y }: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`;

function disc(centre: Point, r: number): string {
  return `M${at({ x: centre.x - r, y: centre.y })}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
}
