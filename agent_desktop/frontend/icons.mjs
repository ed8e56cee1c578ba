// Names of the lucide icons that pages and elements use; a name missing in the package stops the build.
export const iconNames = [
  "audio-lines", "bell", "building-2", "check", "chevron-down", "chevron-right", "circle", "circle-alert", "circle-check",
  "circle-dot", "circle-x", "clock", "cloud-check", "cloud-off", "coffee", "copy", "database", "eye-off", "file-text", "flame",
  "flask-conical", "folder-tree", "git-commit-horizontal", "headphones", "history", "inbox", "info", "keyboard", "languages",
  "list-checks", "loader", "lock", "log-out", "map-pin", "mic", "mic-off", "moon", "monitor", "pause", "pencil", "phone",
  "phone-call", "phone-incoming", "phone-off", "play", "plug", "refresh-cw", "repeat", "save", "search", "send", "shield-alert",
  "shield-check", "sun", "triangle-alert", "unplug", "user", "users", "volume-2", "wifi", "wifi-off", "x",
];
