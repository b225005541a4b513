/** Fills the templates of the functions table: `$1`, or `$p1` for argument 1 in the form `p`. */

/** How an argument has to stand: as it is, as a term of a sum, as a factor, as one closed thing, as a condition. */
export type TemplateForm = '' | 's' | 'p' | 'a' | 'c';

export function fillTemplate(template: string, write: (form: TemplateForm, index: number) => string): string {
  return template.replaceAll(/\$([spac]?)([123])/g, (_, form: TemplateForm, index: string) =>
    write(form, Number(index) - 1),
  );
}
