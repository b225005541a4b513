// What the attention kernels share. No workgroup memory: a thread works through its keys four at a time, neighbouring
// threads read the same keys, and the cache serves them. Devices on the CPU zero workgroup memory once a thread, which
// would take longer than all the rest.

// Dot products of one row of `size` channels with four others.
fn four_dots(one: u32, four: vec4u, size: u32) -> vec4f {
  var dots = vec4f();
  for (var c = 0u; c < size; c++) {
    dots += load(one + c) * vec4f(load(four.x + c), load(four.y + c), load(four.z + c), load(four.w + c));
  }
  return dots;
}

// Up to sixteen neighbouring channels; past `left` the last is repeated.
fn four_channels(at: u32, c: u32, left: u32) -> vec4f {
  let last = left - 1u;
  return vec4f(load(at + min(c, last)), load(at + min(c + 1u, last)), load(at + min(c + 2u, last)), load(at + min(c + 3u, last)));
}
fn channels(at: u32, left: u32) -> mat4x4f {
  return mat4x4f(four_channels(at, 0u, left), four_channels(at, 4u, left), four_channels(at, 8u, left), four_channels(at, 12u, left));
}
// The four rows' channels, weighted.
fn weighted_sum(four: vec4u, weights: vec4f, left: u32) -> mat4x4f {
  return weights.x * channels(four.x, left) + weights.y * channels(four.y, left)
    + weights.z * channels(four.z, left) + weights.w * channels(four.w, left);
}
fn store_channels(at: u32, left: u32, values: mat4x4f) {
  var rows = values;
  for (var c = 0u; c < min(left, 16u); c++) { store(at + c, rows[c / 4u][c % 4u]); }
}
