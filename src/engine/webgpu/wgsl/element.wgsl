// One output element of a small description of an elementwise step (16 words, after a header of 16):
//   code, count, inner, modes | a, b: offset and stride | c, y: offset and stride | b, c as numbers, size of a, lanes
// modes: two bits an operand: 0 one scalar for all, 1 an element each, 2 the number in the description.
// `scalar_function(code, a, b, c)` is generated from the table in functions.ts.
fn operand(at: u32, mode: u32, i: u32, immediate: u32) -> f32 {
  if (mode == 2u) { return bitcast<f32>(immediate); }
  return load(at + select(0u, i, mode == 1u));
}

fn move_element(description: u32, replica: u32, i: u32) {
  let head = args[description];
  let a = args[description + 1u].x + replica * args[description + 1u].y;
  let y = args[description + 2u].z + replica * args[description + 2u].w + i;
  if (head.x == EXPAND) {
    mem[y] = mem[a + i / head.z];
    return;
  }
  let j = i - head.z; // before the place, wraps to a large number
  var word = 0u;
  if (j < args[description + 3u].z) { word = mem[a + j]; }
  mem[y] = word;
}

fn apply_function(description: u32, replica: u32, i: u32) {
  let head = args[description];
  let ab = args[description + 1u];
  let cy = args[description + 2u];
  let rest = args[description + 3u];
  let a = operand(ab.x + replica * ab.y, head.w & 3u, i, 0u);
  let b = operand(ab.z + replica * ab.w, (head.w >> 2u) & 3u, i, rest.x);
  let c = operand(cy.x + replica * cy.y, (head.w >> 4u) & 3u, i, rest.y);
  store(cy.z + replica * cy.w + i, scalar_function(head.x, a, b, c));
}
