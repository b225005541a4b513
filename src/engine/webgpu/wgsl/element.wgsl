// One output element of a small description of an elementwise step (16 words, after a header of 16):
//   code, count, inner, modes | a, b: offset and stride | c, y: offset and stride | b, c as numbers, size of a, lanes
// modes: two bits an operand: 0 one scalar for all, 1 an element each, 2 the number in the description.
// `scalar_function(code, a, b, c)` is generated from the table in functions.ts.
fn operand(at: u32, mode: u32, i: u32, immediate: u32) -> f32 {
  if (mode == 2u) { return bitcast<f32>(immediate); }
  return load(at + select(0u, i, mode == 1u));
}

fn compute_element(description: u32, replica: u32, i: u32) {
  let head = args[description];
  let ab = args[description + 1u];
  let cy = args[description + 2u];
  let rest = args[description + 3u];
  let a = ab.x + replica * ab.y;
  let y = cy.z + replica * cy.w + i;
  switch (head.x) {
    case EXPAND: { mem[y] = mem[a + i / head.z]; }
    case UNVIEW: {
      let j = i - head.z; // wraps to a large number before the place
      var word = 0u;
      if (j < rest.z) { word = mem[a + j]; }
      mem[y] = word;
    }
    default: {
      let value_a = operand(a, head.w & 3u, i, 0u);
      let value_b = operand(ab.z + replica * ab.w, (head.w >> 2u) & 3u, i, rest.x);
      let value_c = operand(cy.x + replica * cy.y, (head.w >> 4u) & 3u, i, rest.y);
      store(y, scalar_function(head.x, value_a, value_b, value_c));
    }
  }
}
