// What kernels for devices on the CPU share. There a workgroup is one subgroup of four threads, so what follows from the
// workgroup's number is uniform. Each load and store of such a device is four scalar ones: the four threads load
// neighbours and pass them round, and sums that do not fit into registers stay in the arena.

// x of all four threads, in order.
fn spread(x: f32) -> vec4f {
  return vec4f(quadBroadcast(x, 0u), quadBroadcast(x, 1u), quadBroadcast(x, 2u), quadBroadcast(x, 3u));
}

// Dot products of this thread's row at `own` with the four rows at the threads' `other`.
fn quad_dots(own: u32, other: u32, size: u32) -> vec4f {
  var dots = vec4f();
  for (var c = 0u; c < size; c++) { dots += load(own + c) * spread(load(other + c)); }
  return dots;
}

// The `mine` threads' row at `sum`: faded, plus the four rows at `other` under this thread's weights.
fn quad_add(sum: u32, fade: f32, weights: vec4f, other: u32, size: u32, mine: bool) {
  for (var c = 0u; c < size; c++) {
    let more = dot(weights, spread(load(other + c)));
    if (mine) { store(sum + c, load(sum + c) * fade + more); }
  }
}

// Zeros, or a multiple of what is there.
fn clear(at: u32, size: u32, mine: bool) {
  for (var c = 0u; c < select(0u, size, mine); c++) { store(at + c, 0.0); }
}
fn scale(at: u32, by: f32, size: u32, mine: bool) {
  for (var c = 0u; c < select(0u, size, mine); c++) { store(at + c, load(at + c) * by); }
}
