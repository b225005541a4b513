// Every page is made ahead of time; a folder of index.html files needs the trailing slash.
export const prerender = true;
export const trailingSlash = 'always';
