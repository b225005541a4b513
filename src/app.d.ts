// Ambient types that the whole site sees.
/// <reference types="@sveltejs/kit" />
/// <reference types="@webgpu/types" />
export {};
