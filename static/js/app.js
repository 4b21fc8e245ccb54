// Small comforts over pages that work without them: local times, the theme switch, copy buttons, spoken changes.
(function () {
  const dateTime = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

  function showLocalTimes(part) {
    part.querySelectorAll("time[data-moment]").forEach(function (element) {
      const moment = new Date(element.dateTime);
      if (Number.isNaN(moment.getTime())) { return; }
      const words = dateTime.format(moment).replace(",", "");
      if (element.dataset.moment === "exact") { element.textContent = words; }
      element.title = words + " (" + zone + ")";
    });
  }

  function wireTheme() {
    const buttons = document.querySelectorAll("[data-theme-choice]");
    const show = function () {
      buttons.forEach(function (button) {
        button.setAttribute("aria-pressed", String(button.dataset.themeChoice === window.selfserviceTheme.choice()));
      });
    };
    buttons.forEach(function (button) {
      button.addEventListener("click", function () {
        window.selfserviceTheme.choose(button.dataset.themeChoice);
        show();
      });
    });
    show();
  }

  function wireMenus() {
    const menus = document.querySelectorAll("details.account");
    document.addEventListener("click", function (event) {
      menus.forEach(function (menu) { if (!menu.contains(event.target)) { menu.open = false; } });
    });
    document.addEventListener("keydown", function (event) {
      if (event.key !== "Escape") { return; }
      menus.forEach(function (menu) {
        if (menu.open) { menu.open = false; menu.querySelector("summary").focus(); }
      });
    });
  }

  function wireCopy() {
    document.addEventListener("click", function (event) {
      const button = event.target.closest("[data-copy]");
      if (!button || !navigator.clipboard) { return; }
      navigator.clipboard.writeText(button.dataset.copy).then(function () { announce("Copied."); });
    });
  }

  function announce(words) {
    const place = document.getElementById("announcer");
    if (place && place.textContent !== words) { place.textContent = words; }
  }

  function wireFragments() {
    let last = document.querySelector("[data-announce]")?.dataset.announce;
    document.addEventListener("htmx:after:swap", function () {
      showLocalTimes(document);
      const words = document.querySelector("[data-announce]")?.dataset.announce;
      if (words && words !== last) { announce(words); last = words; }
    });
  }

  function wireUntil() {
    const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
    document.querySelectorAll("input[data-until]").forEach(function (input) {
      const button = document.getElementById(input.dataset.until);
      const plain = button.textContent;
      const show = function () {
        const chosen = input.valueAsDate;
        button.textContent = chosen ? button.dataset.words + " " + day.format(chosen) : plain;
      };
      input.addEventListener("input", show);
      show();
    });
  }

  function showTicked() {
    const bar = document.querySelector("[data-bulk]");
    if (!bar) { return; }
    const boxes = [...document.querySelectorAll("[data-pick]")];
    const ticked = boxes.filter(function (box) { return box.checked; }).length;
    const all = bar.querySelector("[data-pick-all]");
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
    bar.querySelectorAll("[data-bulk-button]").forEach(function (button) {
      button.disabled = ticked === 0;
      button.textContent = button.dataset.bulkButton + (ticked ? " " + ticked : "");
    });
  }

  function wireTicks() {
    document.addEventListener("change", function (event) {
      if (event.target.matches("[data-pick-all]")) {
        document.querySelectorAll("[data-pick]").forEach(function (box) { box.checked = event.target.checked; });
      }
      if (event.target.matches("[data-pick], [data-pick-all]")) { showTicked(); }
    });
    document.addEventListener("htmx:after:swap", showTicked);
    showTicked();
  }

  // A page taken from the back-forward cache may belong to a session that has ended: ask the server again.
  window.addEventListener("pageshow", function (event) { if (event.persisted) { window.location.reload(); } });

  // A form is sent once, however often its button is pressed.
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) { return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    window.setTimeout(function () { delete form.dataset.sent; }, 4000);
  });

  showLocalTimes(document);
  wireTheme();
  wireMenus();
  wireCopy();
  wireFragments();
  wireUntil();
  wireTicks();
})();
