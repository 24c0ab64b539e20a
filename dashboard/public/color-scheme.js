// Before the first paint, so that a person who chose the other scheme than the system's sees no flash of it.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem('portcullis.color-scheme');
  } catch {
    // Storage may be forbidden; the system's scheme it is.
  }
  var dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
