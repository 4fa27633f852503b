"use strict";
// Languages only. Everything else on this page works without JavaScript.
(() => {
  const texts = JSON.parse(document.getElementById("texts").textContent);
  const root = document.documentElement;

  const speak = (language) => {
    const number = new Intl.NumberFormat(language);
    const shown = (n) => (/^\d+$/.test(n) ? number.format(n) : n);
    const sentence = (key, n) => texts[language][key].replace("{n}", () => shown(n));
    for (const at of document.querySelectorAll("[data-t]")) at.textContent = sentence(at.dataset.t, at.dataset.n);
    for (const at of document.querySelectorAll(".number")) at.textContent = shown(at.dataset.n);
    for (const name of ["alt", "aria-label"]) {
      for (const at of document.querySelectorAll(`[data-t-${name}]`)) {
        at.setAttribute(name, sentence(at.getAttribute(`data-t-${name}`)));
      }
    }
    for (const link of document.querySelectorAll(".languages a")) {
      if (link.lang === language) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    root.lang = language;
  };

  const asked = () => new URLSearchParams(location.hash.slice(1)).get("lang");
  const known = (language) => Object.hasOwn(texts, language);
  const spoken = navigator.languages.map((tag) => tag.slice(0, 2));
  const first = [asked(), ...spoken].find(known) ?? "en";

  document.querySelector(".languages").hidden = false;
  speak(first);
  addEventListener("hashchange", () => {
    if (known(asked())) speak(asked());
  });
  addEventListener("beforeprint", () => {
    for (const list of document.querySelectorAll("details")) list.open = true;
  });
})();
