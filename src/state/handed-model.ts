/** A model on its way from the page that trained it to the Lab's judges: in memory, so it ends with the tab. */
let handed: File | null = null;

export function handModel(file: File): void {
  handed = file;
}

export const isModelHanded = (): boolean => handed !== null;

/** The model, once. */
export function takeHandedModel(): File | null {
  const file = handed;
  handed = null;
  return file;
}
