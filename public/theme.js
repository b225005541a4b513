// Before the first paint: the visitor's choice of light or dark, if one was made.
try {
  const theme = localStorage.getItem('swayground-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the system's choice holds.
}
