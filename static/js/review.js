// Answering a review by keyboard: a comfort over forms that work without it. Keys count only inside the list.
(function () {
  const list = function () { return [...document.querySelectorAll("[data-item]")]; };
  const itemOf = function (element) { return element instanceof Element ? element.closest("[data-item]") : null; };
  let place = 0;

  function typing(element) {
    return element.matches("input:not([type=checkbox]), textarea, select");
  }

  function go(index) {
    const items = list();
    if (!items.length) { return; }
    place = Math.max(0, Math.min(index, items.length - 1));
    items.forEach(function (item, at) { item.tabIndex = at === place ? 0 : -1; });
    items[place].focus();
    items[place].scrollIntoView({ block: "nearest" });
  }

  function keep(item) { item.querySelector("[data-answer=keep]")?.requestSubmit(); }

  function remove(item) {
    const part = item.querySelector("[data-remove]");
    if (!part) { return; }
    part.open = true;
    part.querySelector("input[name=why]").focus();
  }

  function help() {
    const keys = document.querySelector("[data-keys]");
    keys.open = !keys.open;
  }

  const keys = {
    j: function () { go(place + 1); },
    ArrowDown: function () { go(place + 1); },
    k: function () { go(place - 1); },
    ArrowUp: function () { go(place - 1); },
    K: keep,
    R: remove,
    x: function (item) { item.querySelector("[data-pick]")?.click(); },
  };

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    const item = itemOf(event.target);
    if (typing(event.target)) {
      if (event.key === "Escape" && item) { item.querySelector("[data-remove]").open = false; item.focus(); }
      return;
    }
    if (event.key === "?") { event.preventDefault(); help(); return; }
    if (!item || !keys[event.key]) { return; }
    event.preventDefault();
    place = list().indexOf(item);
    keys[event.key](item);
  });

  // What was answered leaves the list, so the next one stands where it stood.
  document.addEventListener("htmx:after:swap", function () {
    if (document.querySelector("#found[data-review]") && !itemOf(document.activeElement)) { go(place); }
  });

  document.addEventListener("focusin", function (event) {
    const item = itemOf(event.target);
    if (item) { place = list().indexOf(item); }
  });
})();
