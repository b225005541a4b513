// Functions that keep their precision near 0 and 1 and stay finite at +-1e3. WGSL promises its own log only to 2^-21
// near 1, and tanh gives NaN past 88 on some devices. A NaN must come through, so that a broken run is seen: `select`
// passes it on where min and max may not, and the built-in exp and log of some devices swallow it.

fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

// log(1 + x) for |x| < 0.42, from atanh's series
fn log1p_series(x: f32) -> f32 {
  let s = x / (2.0 + x);
  let z = s * s;
  return 2.0 * s * (1.0 + z * (0.33333334 + z * (0.2 + z * (0.14285715 + z * 0.11111111))));
}
fn log1p(x: f32) -> f32 {
  if (x > -0.29 && x < 0.41) { return log1p_series(x); }
  return select(log(1.0 + x), x, is_nan(x));
}
fn ln(x: f32) -> f32 {
  if (x > 0.71 && x < 1.41) { return log1p_series(x - 1.0); }
  return select(log(x), x, is_nan(x));
}
fn exp_safe(x: f32) -> f32 {
  let y = exp(select(x, 88.5, x > 88.5));
  return select(select(y, 0.0, x < -87.3), x, is_nan(x));
}
fn expm1(x: f32) -> f32 {
  if (abs(x) < 0.5) {
    return x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0 * (1.0 + x / 6.0 * (1.0 + x / 7.0))))));
  }
  return exp_safe(x) - 1.0;
}
// log(1 - e^x) for x < 0; the switch at log 2 keeps full precision on both sides (Maechler 2012)
fn log1mexp(x: f32) -> f32 {
  if (x > -0.6931472) { return ln(-expm1(x)); }
  return log1p(-exp_safe(x));
}
fn sigmoid(x: f32) -> f32 {
  let e = exp_safe(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}
fn softplus(x: f32) -> f32 { return select(x, 0.0, x < 0.0) + log1p(exp_safe(-abs(x))); }
fn tanh_safe(x: f32) -> f32 {
  let t = expm1(-2.0 * abs(x));
  return -sign(x) * t / (t + 2.0);
}
fn pow_safe(a: f32, b: f32) -> f32 {
  if (b == 0.0) { return 1.0; }
  if (a == 0.0) { return select(HUGE, 0.0, b > 0.0); }
  return select(1.0, -1.0, a < 0.0 && fract(b / 2.0) != 0.0) * exp_safe(b * ln(abs(a)));
}
fn exp_four(x: vec4f) -> vec4f {
  let y = exp(select(x, vec4f(88.5), x > vec4f(88.5)));
  let nan = (bitcast<vec4u>(x) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
  return select(select(y, vec4f(), x < vec4f(-87.3)), x, nan);
}
