// A run of small elementwise steps and sums in one dispatch: one workgroup takes them in turn. The scalar arithmetic of a
// loss is dozens of such steps; a dispatch each would cost more than all of their work.
var<workgroup> partial: array<f32, 64>;

// y[row] = sum of row `row`: `lanes` threads a row, of the first 64 threads
fn sum_rows(d: Description, replica: u32, thread: u32) {
  let x = d.ab.x + replica * d.ab.y;
  let y = d.cy.z + replica * d.cy.w;
  let lanes = d.rest.w;
  let rows = 64u / lanes;
  for (var first = 0u; first < d.head.y; first += rows) {
    let row = first + thread / lanes;
    let mine = thread < 64u && row < d.head.y;
    var sum = 0.0;
    if (mine) {
      for (var j = thread % lanes; j < d.head.z; j += lanes) { sum += load(x + row * d.head.z + j); }
      partial[thread] = sum;
    }
    workgroupBarrier();
    if (mine && thread % lanes == 0u) {
      for (var j = 1u; j < lanes; j++) { sum += partial[thread + j]; }
      store(y + row, sum);
    }
    workgroupBarrier();
  }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  for (var turn = 1u; turn <= args[0].x; turn++) {
    let d = described(4u * turn);
    if (d.head.x == SUM) {
      sum_rows(d, group.z, thread);
    } else {
      for (var i = thread; i < d.head.y; i += 256u) { compute_element(d, group.z, i); }
    }
    storageBarrier();
  }
}
