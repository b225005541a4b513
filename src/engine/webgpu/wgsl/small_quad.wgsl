// As small.wgsl, for devices on the CPU: one subgroup of four threads takes the steps in turn.

// y[row] = sum of row `row`, a thread each
fn sum_rows(d: Description, replica: u32, thread: u32) {
  let x = d.ab.x + replica * d.ab.y;
  let y = d.cy.z + replica * d.cy.w;
  for (var row = thread; row < d.head.y; row += 4u) {
    var sum = 0.0;
    for (var j = 0u; j < d.head.z; j++) { sum += load(x + row * d.head.z + j); }
    store(y + row, sum);
  }
}

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  for (var turn = 1u; turn <= args[0].x; turn++) {
    let d = described(4u * turn);
    if (d.head.x == SUM) {
      sum_rows(d, group.z, thread);
    } else {
      for (var i = thread; i < d.head.y; i += 4u) { compute_element(d, group.z, i); }
    }
    storageBarrier();
  }
}
