// One output element of a small description of an elementwise step (16 words, after a header of 16):
//   code, count, inner, modes | a, b: offset and stride | c, y: offset and stride | b, c as numbers, size of a, lanes
// modes: two bits an operand: 0 one scalar for all, 1 an element each, 2 the number in the description.
// `scalar_function(code, a, b, c)` is generated from the table in functions.ts.
struct Description { head: vec4u, ab: vec4u, cy: vec4u, rest: vec4u }
fn described(at: u32) -> Description { return Description(args[at], args[at + 1u], args[at + 2u], args[at + 3u]); }

fn operand(at: u32, mode: u32, i: u32, immediate: u32) -> f32 {
  if (mode == 2u) { return bitcast<f32>(immediate); }
  return load(at + select(0u, i, mode == 1u));
}

fn move_element(d: Description, replica: u32, i: u32) {
  let a = d.ab.x + replica * d.ab.y;
  let expands = d.head.x == EXPAND;
  let j = select(i - d.head.z, i / max(d.head.z, 1u), expands); // before the place, wraps to a large number
  var word = 0u;
  if (expands || j < d.rest.z) { word = mem[a + j]; }
  mem[d.cy.z + replica * d.cy.w + i] = word;
}

fn apply_function(d: Description, replica: u32, i: u32) {
  let a = operand(d.ab.x + replica * d.ab.y, d.head.w & 3u, i, 0u);
  let b = operand(d.ab.z + replica * d.ab.w, (d.head.w >> 2u) & 3u, i, d.rest.x);
  let c = operand(d.cy.x + replica * d.cy.y, (d.head.w >> 4u) & 3u, i, d.rest.y);
  store(d.cy.z + replica * d.cy.w + i, scalar_function(d.head.x, a, b, c));
}
