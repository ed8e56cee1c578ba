/** Every word the scripts show, in Chinese and English; Chinese is the first language. */

import { BOARD_WORDS } from "./words-board";
import { CALL_WORDS } from "./words-call";
import { PAGE_WORDS } from "./words-pages";
import { PLAYER_WORDS } from "./words-player";
import { REFUSAL_WORDS } from "./words-refusals";

export const WORDS: Record<string, [string, string]> = {
  ...CALL_WORDS,
  ...BOARD_WORDS,
  ...PAGE_WORDS,
  ...PLAYER_WORDS,
  ...REFUSAL_WORDS,
  // log-in
  promise_1: ["一号对外", "One number,"],
  promise_2: ["有呼必应", "every call answered"],
  promise_text: ["登录前先确认耳机和麦克风。登录后再检查线路，检查未通过时不会派给您来电。", "Check headset and microphone first. The line is checked after log-in; no call comes before that."],
  test_mode_long: ["测试模式：没有外线，打不到真实电话", "Test mode: no outside line, real phones cannot be reached"],
  traced: ["本系统处理个人信息，全部操作留痕。", "Personal information: every action is recorded."],
  release: ["版本", "Release"],
  theme: ["深色 / 浅色", "Dark / light"],
  identity: ["身份", "Who you are"],
  agent_id: ["工号", "Agent number"],
  password: ["口令", "Password"],
  log_in: ["登录", "Log in"],
  log_in_note: ["口令由管理员发放。连续输错会暂时停止登录；一个工号同一时间只有一个窗口能接电话。", "Passwords come from the administrator. Wrong ones stop log-in for a while; only one window can take calls."],
  logging_in: ["正在登录…", "Logging in…"],
  retry_in: ["{n} 秒后可重试", "Try again in {n} s"],
  // rail
  nav_desk: ["工作台", "Desk"],
  nav_cases: ["工单", "Cases"],
  nav_calls: ["通话", "Calls"],
  nav_check: ["设备", "Device"],
  nav_keys: ["快捷键", "Keys"],
  extension: ["分机", "Extension"],
  queues: ["队列", "Queues"],
  log_out: ["签出", "Log out"],
  close: ["关闭", "Close"],
  // call bar
  state_loading: ["正在连接", "Connecting"],
  state_reader: ["只读窗口", "Read only"],
  state_idle: ["空闲", "Ready"],
  state_paused: ["小休", "Paused"],
  state_offline: ["未就绪", "Not ready"],
  state_ringing: ["来电", "Ringing"],
  state_answering: ["正在接通", "Connecting audio"],
  state_no_audio: ["收不到语音", "No audio"],
  state_in_call: ["通话中", "In call"],
  state_held: ["保持中", "On hold"],
  state_closing: ["通话已结束", "Call ended"],
  state_wrap_up: ["话后整理", "Wrap-up"],
  state_requeued: ["话路中断", "Line cut"],
  waiting_for_call: ["等待来电", "Waiting for a call"],
  not_receiving: ["现在不会派给您来电", "No calls come to you now"],
  check_first: ["检查设备后点“开始接听”", "Check your device, then start"],
  wrap_up_left: ["后自动就绪", "until ready"],
  wrap_up_note: ["登记完再接下一通；时间到后自动就绪", "Finish the case; you become ready when the time is up"],
  wrap_up_done: ["完成，就绪", "Done, ready"],
  answer: ["接听", "Answer"],
  mute: ["静音", "Mute"],
  unmute: ["取消静音", "Unmute"],
  hold: ["保持", "Hold"],
  retrieve: ["恢复", "Retrieve"],
  hang_up: ["挂断", "Hang up"],
  recording: ["录音中", "Recording"],
  not_recording: ["未录音", "Not recorded"],
  caller: ["来电人", "Caller"],
  unknown_number: ["号码未知", "Number unknown"],
  talking: ["正在说话", "talking"],
  listening: ["在线", "on the line"],
  hears_music: ["正在听等待音乐", "hears music"],
  me: ["我", "Me"],
  mic_ok: ["麦克风正常", "microphone fine"],
  mic_muted: ["已静音，对方听不到", "muted"],
  mic_lost: ["麦克风已断开", "Microphone lost"],
  mic_lost_text: ["对方听不到您。请重新插入耳机；插好后自动恢复", "The caller cannot hear you. Plug the headset in again"],
  mic_silent: ["麦克风没有声音，请检查耳机上的静音键", "The microphone is silent: check the headset's mute key"],
  mic_unknown: ["麦克风未检查", "Microphone not checked"],
  link_down_call: ["通话仍在继续。文字存在本机，连上后自动提交", "The call goes on. Text is kept here and sent later"],
  link_down: ["与服务器断开，正在重连；文字存在本机", "Server away, reconnecting; text is kept here"],
  reconnect_now: ["立即重试", "Retry now"],
  cti_down: ["话务控制中断：通话可继续，保持暂不可用；挂断仍有效", "Call control is away: the call goes on, hold does not work; hang up does"],
  cti_stale: ["话务数据延迟，显示可能不是最新", "Call data is late"],
  line_lost: ["电话线路未注册，正在重连；现在接不到来电", "The phone is not registered; reconnecting"],
  line_lost_call: ["信令连接中断，正在重连；通话声音不受影响", "Signalling is away, reconnecting; the voice goes on"],
  requeued_text: ["话路已断开，来电人正在优先重新接入，请勿关闭页面", "The line was cut; the caller is being reconnected"],
  reader_text: ["此工号的工作台已在另一窗口打开。同一时间只有一个窗口能接电话", "Your desk is open in another window; only one can take calls"],
  use_here: ["在此处使用", "Use it here"],
  reason_in_call: ["通话中不可切换，挂断后进入话后整理", "Not during a call"],
  after_hang_up: ["→ 话后", "→ wrap-up"],
  after_done: ["完成 → 空闲", "→ ready"],
  start: ["开始接听", "Start"],
  be_ready: ["置为空闲", "Become ready"],
  sound_blocked: ["点一下页面任意处，来电才会响铃", "Click anywhere once so that calls can ring"],
  reload_blocked: ["通话中不能刷新页面，否则会断开来电人。挂断后再刷新", "No reload during a call: it would cut the caller"],
  // caller card
  caller_title: ["来电人", "Caller"],
  caller_none: ["还没有来电", "No caller yet"],
  caller_none_text: ["来电振铃时，这里先显示该号码的未办结工单，再显示历史。", "When a call rings, this number's open cases stand here first."],
  name_none: ["未登记姓名", "No name"],
  repeat_30d: ["30 天内 {n} 次来电", "{n} calls in 30 days"],
  first_call: ["30 天内首次来电", "First call in 30 days"],
  open_cases: ["未办结", "Open"],
  open_none: ["没有未办结工单", "No open case"],
  history: ["历史", "History"],
  history_none: ["没有历史工单", "No history"],
  card_unavailable: ["资料库暂时连不上，查不到历史；接听和登记不受影响", "Database away: no history now; answer and save still work"],
  card_loading: ["正在查询…", "Looking up…"],
  fallback_call: ["未经菜单，由备用流程接入", "Came by the fallback"],
  waited: ["等待 {t}", "waited {t}"],
  due_in: ["剩 {t}", "{t} left"],
  overdue: ["超期 {t}", "{t} overdue"],
  hours: ["{n} 小时", "{n} h"],
  minutes: ["{n} 分", "{n} min"],
  days: ["{n} 天", "{n} d"],
  pieces: ["{n} 件", "{n}"],
  // form
  form_title: ["诉求登记", "Case"],
  form_free: ["非来电登记", "Without a call"],
  kind: ["诉求类型", "Type"],
  kind_keys: ["数字键 1–{n}", "keys 1–{n}"],
  class: ["归类", "Class"],
  class_hint: ["编号、汉字或拼音首字母", "code, characters or initials"],
  class_placeholder: ["如 sgzs 或 施工", "e.g. sgzs"],
  class_none: ["没有符合的归类", "No class matches"],
  class_ime: ["输入法未上屏的字母也可匹配", "letters still in the input method match too"],
  choose: ["选", "move"],
  take: ["定", "take"],
  district: ["所在区域", "District"],
  where: ["所在区域与地点", "Where"],
  place: ["路名门牌或标志", "Street, landmark"],
  district_none: ["请选择", "Choose"],
  text: ["诉求内容", "What is asked"],
  text_placeholder: ["时间、地点、经过和希望怎样解决", "When, where, what happened, what is wanted"],
  reply: ["答复内容", "Answer given"],
  reply_placeholder: ["直接答复时填写向来电人说明的内容", "What the caller was told"],
  outcome: ["办理方式与紧急程度", "Outcome and urgency"],
  direct_answer: ["直接答复", "Answered"],
  dispatch: ["转派部门", "Dispatch"],
  urgent: ["紧急", "Urgent"],
  confidential: ["保密", "Confidential"],
  confidential_text: ["对承办单位隐藏身份", "hide identity from the department"],
  submit_answer: ["答复并办结", "Answer and close"],
  submit_dispatch: ["登记并转派", "Save for dispatch"],
  submit_answer_ready: ["办结并就绪", "Close, then ready"],
  submit_dispatch_ready: ["转派并就绪", "Dispatch, then ready"],
  submitting: ["正在提交…", "Saving…"],
  save_draft: ["存草稿", "Save draft"],
  draft_typing: ["未保存", "not saved yet"],
  draft_device: ["草稿 {t} 存于本机", "draft kept here {t}"],
  draft_server: ["草稿 {t} 已存", "draft saved {t}"],
  draft_none: ["自动存草稿", "drafts save themselves"],
  saved_as: ["已保存 {t}", "Saved as {t}"],
  call_missed: ["未接听，来电已转其他坐席", "Not answered: the call went to another desk"],
  saved_title: ["已保存", "Saved"],
  saved_pending: ["已存在本系统，资料库恢复后自动编号", "Kept in this system; numbered when the database is back"],
  pending: ["待同步", "pending"],
  saved_answer: ["已按直接答复办结", "closed as answered"],
  saved_dispatch: ["已登记，等待转派", "waiting for dispatch"],
  copy_number: ["复制编号", "Copy number"],
  copied: ["已复制", "Copied"],
  one_more: ["再登记一件", "One more case"],
  form_errors: ["还有 {n} 处需要补充", "{n} fields need attention"],
  must_kind: ["请选择诉求类型", "Choose a type"],
  must_class: ["请选择归类", "Choose a class"],
  must_district: ["请选择所在区域", "Choose a district"],
  must_text: ["请填写诉求内容", "Write what is asked"],
  must_reply: ["直接答复需要填写答复内容", "Write the answer given"],
  submit_kept: ["服务器暂时连不上。内容已存在本机，连上后自动提交", "Server away. Kept here, sent when it is back"],
  conflict_title: ["另一处也改了这份草稿", "The draft was changed elsewhere too"],
  conflict_mine: ["本窗口的内容", "This window"],
  conflict_theirs: ["另一处的内容", "The other"],
  take_mine: ["用本窗口的", "Keep this"],
  take_theirs: ["用另一处的", "Keep the other"],
  empty_text: ["（空）", "(empty)"],
  form_locked: ["只读窗口不能登记", "Read only"],
  // assist
  timeline: ["本次通话", "This call"],
  timeline_none: ["来电接入后，经过会记在这里", "What happens in the call is listed here"],
  ev_arrived: ["来电接入", "Call arrived"],
  ev_fallback: ["备用流程接入", "Came by the fallback"],
  ev_joined: ["进入队列", "Joined queue"],
  ev_ringing: ["本席振铃", "Rang here"],
  ev_answered: ["接听", "Answered"],
  ev_held: ["保持", "Held"],
  ev_retrieved: ["恢复通话", "Retrieved"],
  ev_muted: ["静音", "Muted"],
  ev_unmuted: ["取消静音", "Unmuted"],
  ev_ended: ["通话结束", "Ended"],
  ev_left: ["来电离开本席", "Left this desk"],
  ev_missed: ["未接听，转其他坐席", "Not answered"],
  ev_saved: ["保存工单", "Case saved"],
  ev_requeued: ["话路中断，重新排队", "Line cut, requeued"],
  tab_case: ["工单", "Case"],
  tab_calls: ["我的通话", "My calls"],
  tab_cases: ["近期工单", "My cases"],
  tab_drafts: ["未提交", "Unsent"],
  drafts_none: ["没有未提交的草稿", "No unsent draft"],
  drafts_none_text: ["没写完的登记会留在这里，换下一通电话也不会丢。", "Unfinished cases stay here, also when the next call comes."],
  open_draft: ["继续填写", "Continue"],
  discard: ["丢弃", "Discard"],
  case_number: ["工单号", "Number"],
  case_kind: ["类型", "Type"],
  case_department: ["承办单位", "Department"],
  case_created: ["登记时间", "Created"],
  case_due: ["时限", "Due"],
  none: ["无", "none"],
  view_failed: ["这一页暂时打不开", "This page cannot be shown now"],
  view_failed_text: ["服务器没有回答。通话不受影响，请稍后再试。", "The server did not answer. Your call is not affected."],
  retry: ["重试", "Retry"],
  // strip
  waiting: ["排队", "Waiting"],
  longest: ["最长", "longest"],
  ready_agents: ["空闲坐席", "Ready"],
  server_up: ["已连接", "Connected"],
  server_down: ["服务器断开", "Server away"],
  line_up: ["线路正常", "Line up"],
  line_down: ["线路断开", "Line away"],
  line_connecting: ["线路连接中", "Line connecting"],
  database_down: ["资料库断开，登记待同步", "Database away, cases pending"],
  cti_down_short: ["话务控制中断", "Call control away"],
  test_mode: ["测试模式", "Test mode"],
  test_mode_title: ["没有外线，打不到真实电话", "No outside line"],
  // device check
  check_title_door: ["耳机与麦克风检查", "Headset and microphone"],
  check_title_desk: ["麦克风与线路检查", "Microphone and line"],
  microphone: ["麦克风", "Microphone"],
  say_something: ["请用平时音量说：“您好，这里是 12345 热线”", "Say a sentence at your usual volume"],
  too_quiet: ["太小", "quiet"],
  too_loud: ["太大", "loud"],
  level_good: ["音量合适", "good level"],
  level_waiting: ["等待声音", "waiting for a voice"],
  begin_check: ["开始检查", "Start the check"],
  ck_mic: ["麦克风", "Microphone"],
  ck_mic_ok: ["已授权，来电时不再询问", "allowed"],
  ck_mic_none: ["没有找到麦克风，请插入耳机", "no microphone found"],
  ck_mic_denied: ["浏览器未允许使用麦克风，请点地址栏左侧的图标允许", "not allowed: click the icon left of the address"],
  ck_mic_wait: ["点“开始检查”并允许使用麦克风", "press start and allow it"],
  ck_mic_insecure: ["此地址不是安全连接，浏览器不开放麦克风", "not a secure address: the browser gives no microphone"],
  ck_voice: ["说话音量", "Voice level"],
  ck_voice_ok: ["已听到您的声音", "heard you"],
  ck_voice_wait: ["对着话筒说一句话", "say something"],
  ck_ring: ["响铃", "Ringing tone"],
  ck_ring_text: ["响铃走音箱，请确认听得到", "make sure that you hear it"],
  ck_browser: ["浏览器", "Browser"],
  ck_browser_ok: ["支持网页通话", "can make calls"],
  ck_browser_bad: ["版本过旧，请换用 Chrome 100 以上内核", "too old: Chromium 100 or later"],
  ck_line: ["话务线路", "Phone line"],
  ck_line_ok: ["分机 {n} 已注册", "extension {n} registered"],
  ck_line_wait: ["正在注册…", "registering…"],
  ck_line_bad: ["没有注册上，正在重试", "not registered, trying again"],
  ck_server: ["服务器连接", "Server"],
  ck_server_ok: ["已连接，往返 {n} 毫秒", "connected, {n} ms"],
  passed: ["通过", "passed"],
  waiting_short: ["等待", "waiting"],
  failed: ["未通过", "failed"],
  listen: ["试听", "Play"],
  start_ready: ["开始接听", "Start taking calls"],
  start_paused: ["先不接听", "Not yet"],
  default_device: ["系统默认麦克风", "Default microphone"],
  // login again
  again_title: ["登录已过期", "Your log-in has ended"],
  again_text: ["通话和已填内容都还在。请重新输入口令继续。", "Your call and text are kept. Enter the password to go on."],
  // keys
  keys_title: ["快捷键", "Keys"],
  key_answer: ["接听 / 挂断", "answer / hang up"],
  key_mute: ["静音", "mute"],
  key_hold: ["保持 / 恢复", "hold / retrieve"],
  key_panes: ["下一栏 / 上一栏", "next / previous pane"],
  key_submit: ["提交工单；话后为提交并就绪", "submit; in wrap-up also ready"],
  key_draft: ["存草稿", "save draft"],
  key_kind: ["焦点在诉求类型时选择类型", "choose the type while it has focus"],
  key_sheet: ["打开本表", "this sheet"],
  key_note: ["F 键在输入拼音时也有效；其他键在输入法组字时不起作用。", "F keys also work while composing; others do not."],
  hung_up_directly: ["服务器没有回答，已直接挂断", "No answer from the server: hung up directly"],
  answer_failed: ["接听失败：{t}", "Could not answer: {t}"],
  case_numbered: ["待同步的工单已编号：{t}", "A pending case got its number: {t}"],
  draft_left: ["上一通的登记还没提交，已存入“未提交”", "The last case is not submitted: see Unsent"],
  released: ["系统已更新，空闲时请刷新", "New release: reload when idle"],
};

export const english = document.documentElement.lang.startsWith("en");

/** The words for `key`; `{n}` and `{t}` are filled from `values`. */
export function say(key: string, values: Record<string, string | number> = {}): string {
  const pair = WORDS[key];
  if (!pair) return key;
  return (english ? pair[1] : pair[0]).replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** Whether anything is said for `key`: codes come from the server too. */
export function hasWords(key: string): boolean {
  return key in WORDS;
}

/** The English name of a code that the server has named in Chinese; its own name where we have none. */
export function named(key: string, chinese: string): string {
  return english && hasWords(key) ? say(key) : chinese;
}

/** Put the English words into what the server rendered in Chinese; what has no word of ours stays. */
export function translatePage(root: ParentNode = document): void {
  if (!english) return;
  for (const element of root.querySelectorAll<HTMLElement>("[data-t]")) {
    const { t: key = "", n = "" } = element.dataset;
    if (hasWords(key)) element.textContent = say(key, { n });
  }
  for (const element of root.querySelectorAll<HTMLElement>("[data-t-label]")) element.ariaLabel = say(element.dataset.tLabel ?? "");
}

/** Lists that come later are translated as they come. */
export function translateSwaps(): void {
  document.addEventListener("htmx:after:swap", () => document.querySelectorAll("#view, .compact").forEach((place) => translatePage(place)));
}

/** Buttons that change language or theme, on every page. */
export function wireSwitches(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-switch]");
    if (button?.dataset.switch === "theme") switchTheme();
    if (button?.dataset.switch === "language") switchLanguage();
  });
  for (const button of document.querySelectorAll<HTMLElement>('[data-switch="language"]')) {
    button.lastChild!.textContent = english ? "中文" : "English";
  }
}

function switchTheme(): void {
  const root = document.documentElement;
  root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("hotline-theme", root.dataset.theme);
}

function switchLanguage(): void {
  localStorage.setItem("hotline-language", english ? "zh-CN" : "en");
  location.reload();
}
