// Runs before the first paint: the reader's own choice of light or dark wins over the system's.
(function () {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const choice = function () {
    try { return window.localStorage.getItem("theme") || "system"; } catch (refused) { return "system"; }
  };
  const apply = function () {
    const chosen = choice();
    root.setAttribute("data-bs-theme", chosen === "system" ? (system.matches ? "dark" : "light") : chosen);
  };
  root.classList.remove("no-script");
  apply();
  system.addEventListener("change", apply);
  window.selfserviceTheme = {
    choice: choice,
    choose: function (theme) {
      try { window.localStorage.setItem("theme", theme); } catch (refused) { /* private window: this page only */ }
      apply();
      if (theme !== choice()) { root.setAttribute("data-bs-theme", theme); }
    },
  };
})();
