// How the tests start Chromium: with WebGPU on the CPU (SwiftShader), or with no WebGPU at all.
const quiet = [
  '--headless=new', // full Chromium; headless-shell has no WebGPU
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const withWebGPU = [
  ...quiet,
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-angle=swiftshader',
  '--disable-gpu-watchdog',
];

export const withoutWebGPU = [...quiet, '--disable-gpu', '--disable-features=WebGPU'];

/** Set by scripts/test.mjs; the fallback serves an editor's or a direct `npx vitest`. */
export const executablePath = process.env.SWAY_CHROMIUM ?? '/usr/bin/chromium';
