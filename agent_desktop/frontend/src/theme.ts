/** Light or dark and the language, chosen before the first paint. */

const root = document.documentElement;
const theme = localStorage.getItem("hotline-theme");
root.dataset.theme = theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
root.lang = localStorage.getItem("hotline-language") ?? "zh-CN";
