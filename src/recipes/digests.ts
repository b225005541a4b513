/** The forms of the digests by which a recipe names models that were brought. */

/** Of `model.digest`: of a model's parameters. */
export const MODEL_DIGEST = /^[0-9a-f]{16}$/;

/** Of `model.reference.sha256`: of an ONNX file. */
export const REFERENCE_DIGEST = /^[0-9a-f]{64}$/;
