// Names of the lucide icons that pages and elements use; a name missing in the package stops the build.
export const iconNames = [
  "arrow-left-right", "audio-lines", "bell", "building-2", "check", "chevron-down", "chevron-right", "circle", "circle-alert", "circle-check",
  "circle-dot", "circle-x", "clock", "cloud-check", "cloud-off", "coffee", "copy", "database", "ear", "ellipsis", "eye", "eye-off", "file-text", "flame",
  "flask-conical", "folder-tree", "git-commit-horizontal", "hand", "headphones", "hourglass", "history", "inbox", "info", "keyboard", "languages", "layout-grid",
  "list-checks", "loader", "lock", "log-out", "map-pin", "megaphone", "merge", "message-square", "mic", "mic-off", "moon", "monitor", "pause", "pencil", "phone",
  "phone-call", "phone-forwarded", "phone-incoming", "phone-missed", "phone-off", "phone-outgoing", "play", "plug", "refresh-cw", "repeat", "rotate-ccw", "rotate-cw", "save", "search", "send", "shield-alert",
  "shield-check", "siren", "sun", "timer", "triangle-alert", "unplug", "user", "user-minus", "user-plus", "user-x", "users", "volume-2", "volume-x", "wifi", "wifi-off", "x",
];
