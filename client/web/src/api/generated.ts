// Code generated from package client/api by `go generate ./client/api`. DO NOT EDIT.

/** Account is an account as an administrator sees it. */
export interface Account {
  user: UserID
  handle: string
  created: number
  /** of what it has written and is kept, sealed */
  octets: number
  admin: boolean
  /** Disabled accounts cannot sign in, and are in their workspaces all the same. */
  disabled: boolean
  self: boolean
}

/** AccountPage is a page of accounts, ascending by handle. */
export interface AccountPage {
  accounts: Account[]
  more: boolean
}

/** AccountRef names an account. */
export interface AccountRef {
  user: UserID
}

/** AccountsParams ask for a page of accounts. */
export interface AccountsParams {
  /** the last handle of the page before, "" for the first */
  after: string
}

/** AdminServer is what an administrator sees of the server. */
export interface AdminServer {
  /** for the next update */
  revision: number
  settings: AdminSettings
  /** InForce is what the settings come to. */
  inForce: AdminSettings
  branding: Branding
  accounts: number
}

/**
 * AdminSettings are what an administrator sets. Null and 0 stand for what the
 * server was started with, a negative number for no limit.
 */
export interface AdminSettings {
  registration: Registration | null
  /** WorkspaceQuota and AccountQuota are in octets. */
  workspaceQuota: number
  accountQuota: number
  /** that an account may found */
  workspaces: number
}

/** AdminUpdateParams replace everything that an administrator sets. */
export interface AdminUpdateParams {
  /**
   * Revision is the one that was shown: what somebody else set meanwhile is not
   * overwritten, the failure is conflict.
   */
  revision: number
  settings: AdminSettings
  /** Branding has the present logo, or "" to have none. */
  branding: Branding
  /** NewLogo is a picture in place of the present one: PNG, JPEG or WebP. */
  newLogo?: string
}

/**
 * AdmitParams put somebody who has an account on the server into a workspace,
 * which is an offer until that person accepts it.
 */
export interface AdmitParams {
  workspace: WorkspaceID
  /** an email address */
  handle: string
  role: Role
  /** Channels are private channels to admit to; a guest needs at least one. */
  channels: StreamID[]
}

/** ApproveParams admit somebody who joined by an invite that asks for approval. */
export interface ApproveParams {
  workspace: WorkspaceID
  user: UserID
  role: Role
  /** Channels, for a guest: the private channels to admit to. */
  channels: StreamID[]
}

/** AroundParams ask for the timeline around one message. */
export interface AroundParams {
  workspace: WorkspaceID
  channel: StreamID
  message: EventID
  before: number
  after: number
}

/** Branding is how a server presents itself. */
export interface Branding {
  name: string
  /** Accent and AccentDark are "#rrggbb", or "" for the app's own. */
  accent: string
  accentDark: string
  welcome: LocalText
  legal: LocalText
  /** Logo is the SHA-256 of the picture at /v1/server/logo; "" for none. */
  logo: string
}

/** Change says which part of what a page shows is out of date. */
export interface Change {
  kind: ChangeKind
  /** Workspace and Channel narrow it down; null where everything is concerned. */
  workspace: WorkspaceID | null
  channel: StreamID | null
  /** User is whose presence or typing it is. */
  user: UserID | null
  typing: boolean
  presence: Presence
  /**
   * Notify is set when people would want to be told: of a mention, or of a
   * message in a direct conversation. It never carries content.
   */
  notify: NotifyKind
}

/** ChangeKind is what to read again. Append-only. */
export type ChangeKind = "session" | "workspaces" | "channels" | "messages" | "people" | "security" | "settings" | "typing" | "presence" | "all"

/** ChangePassphraseParams replace the passphrase. */
export interface ChangePassphraseParams {
  old: string
  new: string
}

/** Channel is one channel as the user sees it. */
export interface Channel {
  id: StreamID
  kind: ChannelKind
  /** of a direct conversation, the names of its other members */
  name: string
  topic: string
  archived: boolean
  /** Members are who reads and writes here, the user included. */
  members: UserID[]
  unread: number
  mentions: number
  /** a text waits to be finished */
  draft: boolean
  /** time of the newest message, 0 for none */
  last: number
  /** changes that the server has not acknowledged */
  waiting: number
  /** Stopped tells that the server was caught and the channel stands still. */
  stopped: boolean
  /** MayChange tells that the user may rename and archive it. */
  mayChange: boolean
}

/** ChannelKind is what a channel is to people. Append-only. */
export type ChannelKind = "open" | "private" | "direct"

/** ChannelList is the channels of a workspace, by name, archived last. */
export interface ChannelList {
  channels: Channel[]
}

/** ChannelMemberParams name a person and a private channel. */
export interface ChannelMemberParams {
  workspace: WorkspaceID
  channel: StreamID
  user: UserID
  /**
   * WithoutHistory starts new keys, so that the newcomer reads what comes and not
   * what was.
   */
  withoutHistory: boolean
}

/** ChannelRef names a channel. */
export interface ChannelRef {
  workspace: WorkspaceID
  channel: StreamID
}

/** CircleID names a circle of a workspace. */
export type CircleID = string

/**
 * Code is a stable error code. Its number, HTTP status and sentences stand in
 * errors.json, which is data for every implementation; the constants are
 * generated from it.
 */
export type Code = "internal" | "bad_request" | "bad_encoding" | "too_large" | "unauthenticated" | "sign_in_failed" | "forbidden" | "not_found" | "conflict" | "rate_limited" | "quota_exceeded" | "registration_closed" | "handle_taken" | "roster_conflict" | "roster_invalid" | "cut_moved" | "epoch_stale" | "circle_stale" | "unavailable" | "read_only" | "version_unsupported" | "bad_certificate" | "bad_signature" | "unreadable" | "server_misbehaved" | "key_changed" | "unverified" | "weak_parameters" | "offline" | "store_corrupt" | "ambiguous" | "device_revoked" | "keys_replaced" | "invite_unusable" | "version_rolled_back" | "removed" | "account_disabled" | "interrupted"

/** CreateChannelParams say what a new channel is. */
export interface CreateChannelParams {
  workspace: WorkspaceID
  name: string
  topic: string
  private: boolean
  /** Members, of a private channel, beside the user. */
  members: UserID[]
}

/** CreateInviteParams say what an invite offers. */
export interface CreateInviteParams {
  workspace: WorkspaceID
  role: Role
  /** Channels are private channels that come with it; a guest needs at least one. */
  channels: StreamID[]
  uses: number
  /** milliseconds, 0 for never */
  expiresIn: number
  approval: boolean
}

/** Device is one of the user's devices. */
export interface Device {
  id: DeviceID
  created: number
  revoked: boolean
  /** this one */
  current: boolean
}

/**
 * DeviceID names a device: it is the OpenPGP v6 fingerprint (RFC 9580
 * section 5.5.4.3) of the device's Ed25519 signing subkey.
 */
export type DeviceID = string

/** DeviceList is the user's devices. */
export interface DeviceList {
  devices: Device[]
}

/** DirectParams name the others of a direct conversation. */
export interface DirectParams {
  workspace: WorkspaceID
  users: UserID[]
}

/** Draft is a text that was not sent yet; "" for none. */
export interface Draft {
  text: string
}

/** DraftRef names the place of a draft: a channel, or a thread in it. */
export interface DraftRef {
  workspace: WorkspaceID
  channel: StreamID
  thread: EventID | null
}

/** EditParams are a new text of a message. */
export interface EditParams {
  workspace: WorkspaceID
  channel: StreamID
  message: EventID
  text: string
  /**
   * Mentions are as those of a new message. Who was mentioned before and is not
   * any more is left out.
   */
  mentions?: UserID[]
}

/** Empty is what a call takes or answers that has nothing to say. */
export type Empty = Record<string, never>

/**
 * EventID names an event or a signal; it is chosen by the author, which
 * makes sending again idempotent.
 */
export type EventID = string

/** ExportKeyParams ask for the user's OpenPGP key. */
export interface ExportKeyParams {
  private: boolean
  /** Passphrase is needed for the private half only. */
  passphrase: string
}

/** ExportedKey is an OpenPGP key, ASCII armored (RFC 9580 section 6.2). */
export interface ExportedKey {
  armored: string
  fingerprint: Fingerprint
}

/** Facts are what a finding's sentence is made of, null or 0 where it needs none. */
export interface Facts {
  user: UserID | null
  device: DeviceID | null
  circle: CircleID | null
  /**
   * Accuser is the device whose signed word contradicts what the server shows:
   * either of the two lies. Dismissing sets that device's word aside.
   */
  accuser: DeviceID | null
  seq: number
  known: number
  epoch: number
  cause: Code | null
  /** technical, in English */
  note: string
}

/**
 * Failure is why a call did not succeed. What a person reads is the sentence of
 * the code in the person's language; Detail is for an expert who asks for it, and
 * holds no content and no secret.
 */
export interface Failure {
  code: Code
  /** by language: en, fr */
  message: Record<string, string>
  detail: string
  /** RetryAfter, when not 0, is how long to wait, in milliseconds. */
  retryAfter: number
  /** Misbehaved tells that the server was caught: see security.report. */
  misbehaved: boolean
}

/** Finding is something that this device has detected and remembers. */
export interface Finding {
  id: FindingID
  code: FindingCode
  severity: Severity
  /** Kind groups misbehaviour; null for what is none. */
  kind: MisbehaviourKind | null
  /**
   * Sentence is what a person reads, by language: en, fr. People and devices stand
   * in it by their ids, which Facts has too.
   */
  sentence: Record<string, string>
  facts: Facts
  /**
   * Workspace is null when the account itself is concerned, Channel when it is not
   * one channel that the user sees.
   */
  workspace: WorkspaceID | null
  channel: StreamID | null
  /** At and Last are when it was found first and last, by this device's clock. */
  at: number
  last: number
  /**
   * Stands is what stands still because of it now, and StillWorks what goes on all
   * the same, by language.
   */
  stands: Standstill
  stillWorks: Record<string, string>
  /** Dismissed is when the user dismissed it; 0 while it is open. */
  dismissed: number
  mayDismiss: boolean
  /** Proof counts the pieces that prove it, see security.proof. */
  proof: number
}

/**
 * FindingCode says what was found. Its number, severity and sentences stand in
 * findings.json, which is data for every UI; the constants are generated from it.
 * Codes and numbers are append-only.
 */
export type FindingCode = "event_gap" | "event_altered" | "roster_epoch_withheld" | "event_not_in_cut" | "event_not_acknowledged" | "own_event_void" | "personal_event_withheld" | "author_saw_later" | "author_saw_other" | "author_knows_later_roster" | "author_knows_other_roster" | "witness_saw_other" | "page_of_other_stream" | "events_withheld" | "head_contradicts_events" | "acknowledged_event_missing" | "stream_rolled_back" | "stream_forked" | "cut_event_missing" | "event_missing_from_cut" | "processes_shown_other_events" | "stream_hidden" | "cut_stream_hidden" | "stream_moved" | "rebuilt_history_differs" | "unsent_event_acknowledged" | "acknowledged_over_other" | "cut_withheld" | "cut_altered" | "cut_names_foreign_stream" | "cut_omits_stream" | "roster_head_contradicts_entries" | "roster_entries_withheld" | "removal_without_epochs" | "roster_rolled_back" | "roster_forked" | "roster_entry_invalid" | "processes_shown_other_roster" | "own_rostered_certificate_differs" | "accepted_workspace_replaced" | "own_certificate_unacceptable" | "own_certificate_swapped" | "own_certificate_rolled_back" | "own_credential_rolled_back" | "weak_parameters" | "invite_forged" | "peer_key_differs" | "directory_key_differs" | "unusable_epoch_key" | "number_used_twice" | "numbers_missing" | "erasure_refused" | "membership_frozen" | "keys_frozen" | "stream_looks_hidden" | "stream_looks_frozen" | "false_summary" | "index_event_erased" | "store_rebuilt" | "stream_rebuilt" | "identity_change_was_made" | "author_key_differs" | "author_name_lookalike" | "clock_doubtful" | "directory_certificate_old" | "word_set_aside" | "queued_refused"

/**
 * FindingID names a finding on this device. Finding the same again gives the same
 * id: the numbers in it and its proof are not part of what it is.
 */
export type FindingID = string

/** FindingRef names a finding. */
export interface FindingRef {
  finding: FindingID
}

/** Fingerprint is an OpenPGP v6 fingerprint: 32 octets (RFC 9580 section 5.5.4.3). */
export type Fingerprint = string

/** Found is a message that was found. */
export interface Found {
  channel: StreamID
  message: EventID
  author: UserID
  at: number
  text: string
  /** Marks are the words that were looked for, in UTF-16 code units of Text. */
  marks: Mark[]
  /** Doubts are those of the message. */
  doubts: FindingCode[]
}

/** FoundList is what was found, newest first. */
export interface FoundList {
  found: Found[]
}

/** Inbox is the unread mentions and direct messages of all workspaces, newest first. */
export interface Inbox {
  items: InboxItem[]
  more: boolean
}

/** InboxItem is a message that nobody but the user is expected to see to. */
export interface InboxItem {
  workspace: WorkspaceID
  channel: StreamID
  /** Reason is mention or direct; a mention in a direct conversation is a mention. */
  reason: NotifyKind
  message: Message
}

/** InboxParams ask for what waits for the user. */
export interface InboxParams {
  limit: number
}

/** Invite is an invite as its workspace's roster shows it. */
export interface Invite {
  id: InviteID
  author: UserID
  role: Role
  circles: CircleID[]
  used: number
  uses: number
  /** 0 for never */
  expires: number
  approval: boolean
  open: boolean
}

/** InviteID names an invite of a workspace. */
export type InviteID = string

/**
 * InviteLink is a new invite. Its URL exists nowhere else and cannot be shown
 * again.
 */
export interface InviteLink {
  id: InviteID
  url: string
}

/** InviteList is the invites of a workspace, open ones first. */
export interface InviteList {
  invites: Invite[]
}

/** InvitePreview is where an invite's URL leads, for the page that a stranger sees. */
export interface InvitePreview {
  /**
   * Usable is false for an invite that is used up, revoked, expired or unknown:
   * nothing else is told then.
   */
  usable: boolean
  workspace: WorkspaceID | null
  /**
   * Name is the workspace's and Inviter the inviter's, as the inviter sealed them
   * into the invite; "" in an invite without.
   */
  name: string
  inviter: string
  role: Role
  members: number
  /** 0 for never */
  expires: number
  usesLeft: number
  approval: boolean
  /** the user is a member already */
  joined: boolean
}

/** InviteRef names an invite. */
export interface InviteRef {
  workspace: WorkspaceID
  invite: InviteID
}

/**
 * Kit is the content of the emergency kit. It is shown, printed or kept by the
 * user, and by nobody else.
 */
export interface Kit {
  origin: string
  handle: string
  /** groups of letters and digits */
  accountKey: string
}

/**
 * LeaveChannelParams name a person who is to leave a private channel, perhaps the
 * user.
 */
export interface LeaveChannelParams {
  workspace: WorkspaceID
  channel: StreamID
  user: UserID
}

/** LocalText is a text in the languages of the screens, as Markdown. */
export interface LocalText {
  en: string
  fr: string
}

/** Mark is a part of a text, from Start up to End. */
export interface Mark {
  start: number
  end: number
}

/** MarkReadParams record that a channel was read up to a sequence. */
export interface MarkReadParams {
  workspace: WorkspaceID
  channel: StreamID
  seq: number
}

/** Message is one message as it stands. */
export interface Message {
  id: EventID
  /** 0 while the server has not acknowledged it */
  seq: number
  author: UserID
  at: number
  /**
   * Doubtful tells that the author's clock and the server's differ too much to
   * believe At.
   */
  doubtful: boolean
  /** Pending tells that the message, or a change to it, waits to be sent. */
  pending: boolean
  /** Markdown */
  text: string
  replyTo: EventID | null
  /** the root, for a reply in a thread */
  thread: EventID | null
  mentions: UserID[]
  /** @everyone was mentioned */
  everyone: boolean
  /** texts it had, oldest first; empty if never edited */
  versions: Version[]
  reactions: Reaction[]
  pinned: boolean
  /**
   * DeletedBy is who deleted the message; Erased that the server lost it
   * although nobody did.
   */
  deletedBy: UserID | null
  erased: boolean
  /**
   * Replies counts the replies of its thread; LastReply is the time of the
   * newest, 0 without one.
   */
  replies: number
  lastReply: number
  /**
   * Doubts are reasons not to take the message at face value, gravest first:
   * findings of severity doubt. There are none for most messages.
   */
  doubts: FindingCode[]
}

/** MessageList is a list of messages. */
export interface MessageList {
  messages: Message[]
}

/** MessageRef names a message. */
export interface MessageRef {
  workspace: WorkspaceID
  channel: StreamID
  message: EventID
}

/** MisbehaviourKind groups what was caught. Append-only. */
export type MisbehaviourKind = "gap" | "rollback" | "fork" | "roster" | "withheld" | "altered" | "identity"

/** NameParams carry a name. */
export interface NameParams {
  name: string
}

/** NotifyKind is why somebody may be told. Append-only. */
export type NotifyKind = "" | "message" | "mention" | "direct"

/** PassphraseParams carry a passphrase. */
export interface PassphraseParams {
  passphrase: string
}

/** Person is a member of a workspace as the user may see one. */
export interface Person {
  user: UserID
  /** "" when no circle in common tells it */
  name: string
  role: Role
  fingerprint: Fingerprint
  verified: boolean
  /**
   * KeyChanged tells that this is not the key by which the user knows this person:
   * nothing is encrypted to it.
   */
  keyChanged: boolean
  /** LooksLike tells that the name is easily taken for somebody else's. */
  looksLike: boolean
  /** waits for an admin's approval */
  pending: boolean
  self: boolean
  /** Lookalikes are some of those whose names it is easily taken for. */
  lookalikes: UserID[]
  /**
   * FirstSeen is when a device of the user first saw the key, VerifiedAt when the
   * user compared it; 0 for never.
   */
  firstSeen: number
  verifiedAt: number
  /** without those that were revoked */
  devices: number
  /**
   * Presence is the last that is known. It is forgotten when it was not told again
   * for ten minutes: pages tell theirs at least every five.
   */
  presence: Presence
}

/**
 * PersonList is the members of a workspace; a guest sees only those who share a
 * circle.
 */
export interface PersonList {
  people: Person[]
}

/** PinParams pin a message to its channel, or take the pin away. */
export interface PinParams {
  workspace: WorkspaceID
  channel: StreamID
  message: EventID
  on: boolean
}

/** Platform is where the engine runs. Append-only. */
export type Platform = "browser" | "native"

/** PostParams are a new message. */
export interface PostParams {
  workspace: WorkspaceID
  channel: StreamID
  /** Markdown; @name mentions a member */
  text: string
  replyTo: EventID | null
  thread: EventID | null
  /**
   * Mentions are members to notify beside those whom the text names: whom the
   * completion of names put in, which knows them by their ids.
   */
  mentions?: UserID[]
}

/** Presence is how reachable somebody is. Append-only. */
export type Presence = "" | "online" | "away" | "busy" | "gone"

/** PresenceParams tell how reachable the user is. */
export interface PresenceParams {
  presence: Presence
}

/** ProofItem is one piece of a proof, as this device received it. */
export interface ProofItem {
  what: string
  bytes: string
}

/** ProofParams name a piece of the proof of a finding, from 0 on. */
export interface ProofParams {
  finding: FindingID
  item: number
}

/** ReactParams add an emoji to a message, or take it back. */
export interface ReactParams {
  workspace: WorkspaceID
  channel: StreamID
  message: EventID
  emoji: string
  on: boolean
}

/** Reaction is an emoji with those who chose it, in order. */
export interface Reaction {
  emoji: string
  users: UserID[]
}

/** Reader is somebody who can read a channel. */
export interface Reader {
  user: UserID
  /** "" when no circle in common tells it */
  name: string
  role: Role
  fingerprint: Fingerprint
  verified: boolean
  /**
   * KeyChanged tells that this is not the key by which the user knows this person:
   * nothing is encrypted to it.
   */
  keyChanged: boolean
  /** LooksLike tells that the name is easily taken for somebody else's. */
  looksLike: boolean
  /** waits for an admin's approval */
  pending: boolean
  self: boolean
  /** Lookalikes are some of those whose names it is easily taken for. */
  lookalikes: UserID[]
  /**
   * FirstSeen is when a device of the user first saw the key, VerifiedAt when the
   * user compared it; 0 for never.
   */
  firstSeen: number
  verifiedAt: number
  /** without those that were revoked */
  devices: number
  /**
   * Presence is the last that is known. It is forgotten when it was not told again
   * for ten minutes: pages tell theirs at least every five.
   */
  presence: Presence
  trust: Trust
  /** Reading are the person's devices that can, oldest first. */
  reading: ReaderDevice[]
}

/** ReaderDevice is a device that can read, since it was added. */
export interface ReaderDevice {
  id: DeviceID
  /** by its own clock */
  since: number
}

/** RecoverParams are what a person gives who has the recovery phrase alone. */
export interface RecoverParams {
  handle: string
  phrase: string
  newPassphrase: string
  /** "" for the name that the workspaces know */
  name: string
}

/** Recovery is whether the account can be recovered by a phrase. */
export interface Recovery {
  /** Enrolled tells that there is a phrase that opens the present keys. */
  enrolled: boolean
  /** MadeAt is when the last phrase was made; 0 for never. */
  madeAt: number
  /**
   * Outdated tells that a device was revoked since, and the phrase with it: the user
   * is to make another one.
   */
  outdated: boolean
  /**
   * Doubtful tells that the server shows another state than the user's devices
   * made: the phrase may not help, or somebody else made one.
   */
  doubtful: boolean
}

/** RecoveryPhrase is shown once, printed or kept by the user, and by nobody else. */
export interface RecoveryPhrase {
  /** groups of letters and digits */
  phrase: string
}

/** Registration is who may make an account on a server. Append-only. */
export type Registration = "open" | "invite" | "closed"

/** RenameParams give a workspace another name, for everybody. */
export interface RenameParams {
  workspace: WorkspaceID
  name: string
}

/** RevokeDeviceParams lock a device out for good. */
export interface RevokeDeviceParams {
  device: DeviceID
  passphrase: string
}

/** Role is a member's role; "" for somebody who is none. Append-only. */
export type Role = "" | "guest" | "member" | "admin" | "owner"

/**
 * SearchParams look for messages. See search.Parse for what a query may say:
 * words, "a phrase", from:name, in:channel, before: and after: a date.
 */
export interface SearchParams {
  workspace: WorkspaceID
  query: string
  /** null for all that the user reads */
  channel: StreamID | null
  limit: number
}

/** SecurityReport is everything that this device has ever detected, newest first. */
export interface SecurityReport {
  findings: Finding[]
}

/**
 * Sent says what became of a change. Seq is 0 while it waits in the outbox, from
 * where it is sent as soon as the server can be reached.
 */
export interface Sent {
  id: EventID
  seq: number
}

/**
 * ServerInfo is what a server tells anybody, before signing in. Nothing in it is
 * trusted: it is only shown.
 */
export interface ServerInfo {
  origin: string
  registration: Registration
  /** Name is how the organisation calls its server; "" for Cénacle's own. */
  name: string
  /** Empty tells that nobody has an account yet: the first one administers it. */
  empty: boolean
  /** Branding is null while an administrator has set none. */
  branding: Branding | null
}

/** SessionStage is how far somebody is on this device. Append-only. */
export type SessionStage = "none" | "locked" | "open"

/** SessionState is who uses this device. */
export interface SessionState {
  stage: SessionStage
  platform: Platform
  origin: string
  /** "" while it is not known */
  handle: string
  /** What follows is known once the session is open. */
  user: UserID | null
  device: DeviceID | null
  name: string
  online: boolean
  /** changes that wait for the server */
  outbox: number
  /**
   * Ended tells why the server does not let this device in any more:
   * device_revoked, keys_replaced or sign_in_failed; "" otherwise.
   */
  ended: Code
  /** Admin tells that this account administers the server. */
  admin: boolean
}

/** SetDisabledParams keep an account out, or let it in again. */
export interface SetDisabledParams {
  user: UserID
  disabled: boolean
}

/** SetDraftParams keep a text that was not sent yet, on all devices of the user. */
export interface SetDraftParams {
  workspace: WorkspaceID
  channel: StreamID
  thread: EventID | null
  /** "" removes it */
  text: string
}

/** SetRoleParams give a member another role. */
export interface SetRoleParams {
  workspace: WorkspaceID
  user: UserID
  role: Role
}

/** SetSettingParams choose a setting; "" goes back to the default. */
export interface SetSettingParams {
  key: string
  value: string
}

/**
 * Settings are what the user chose, on all devices. Values belongs to the pages:
 * keys and values are theirs.
 */
export interface Settings {
  values: Record<string, string>
  /** Strict asks that nothing is encrypted to keys that were not verified. */
  strict: boolean
}

/** Severity says how much a finding weighs. Append-only. */
export type Severity = "misbehaviour" | "warning" | "notice" | "doubt"

/**
 * Shield is what was checked of a channel's protection. Whatever is sealed there
 * now opens for the readers and for nobody else.
 */
export interface Shield {
  readers: Reader[]
  /** of all readers */
  devices: number
  verified: number
  firstContact: number
  keyChanged: number
  guests: number
  /** Invites counts open invites whose links lead in without anybody's approval. */
  invites: number
  /**
   * Epoch numbers the present keys, which hold since Since, by the clock of whoever
   * made them; 0 when that is not known.
   */
  epoch: number
  since: number
  /**
   * Renewing tells that somebody has left, and that new keys are made before
   * anything else is written.
   */
  renewing: boolean
  /**
   * Caught tells that the server was caught, and the channel stands still. Findings
   * counts what is open in the report about the channel or its workspace.
   */
  caught: boolean
  findings: number
}

/** SignInParams are what a person gives on a further device. */
export interface SignInParams {
  handle: string
  passphrase: string
  accountKey: string
  /** "" for the name that the workspaces know */
  name: string
}

/** SignUpParams are what a person gives to make an account. */
export interface SignUpParams {
  /** an email address */
  handle: string
  name: string
  passphrase: string
  /**
   * Invite, on a server whose registration is by invite, is an invite's URL; ""
   * otherwise.
   */
  invite: string
}

/** SignedUp is the kit of a new account. */
export interface SignedUp {
  origin: string
  handle: string
  /** groups of letters and digits */
  accountKey: string
  /**
   * Kept tells that this device holds the account now. Where it does not, the
   * account exists all the same, and the kit is the only way into it.
   */
  kept: boolean
}

/** Standstill is what a finding stops. Append-only. */
export type Standstill = "nothing" | "channel" | "names" | "workspace"

/** StreamID names a stream of a circle. */
export type StreamID = string

/**
 * StrictParams choose whether anything may be encrypted to keys that were not
 * verified.
 */
export interface StrictParams {
  on: boolean
}

/** Thread is a message with its replies, oldest first. */
export interface Thread {
  root: Message
  replies: Message[]
  pending: Message[]
}

/** Trust is what is known of a person's key. Append-only. */
export type Trust = "self" | "verified" | "first-contact" | "key-changed"

/** TypingParams tell the members of a channel that the user writes, or stopped to. */
export interface TypingParams {
  workspace: WorkspaceID
  channel: StreamID
  typing: boolean
}

/**
 * URLParams carry an invite's URL with its fragment. It comes from the address
 * bar, where it is replaced at once, and goes nowhere but here.
 */
export interface URLParams {
  url: string
}

/** UpdateChannelParams change what is not null. */
export interface UpdateChannelParams {
  workspace: WorkspaceID
  channel: StreamID
  name: string | null
  /** "" removes it */
  topic: string | null
}

/** UserID names an account; it is chosen by the client at sign-up. */
export type UserID = string

/** UserRef names a person in a workspace. */
export interface UserRef {
  workspace: WorkspaceID
  user: UserID
}

/** Verification is what two people compare to make sure of each other's keys. */
export interface Verification {
  user: UserID
  fingerprint: Fingerprint
  /** the safety number: 60 digits, the same on both sides */
  number: string
}

/** Version is a text that a message had. */
export interface Version {
  at: number
  text: string
}

/**
 * Window is a part of a channel's timeline, oldest first, without the replies in
 * threads.
 */
export interface Window {
  messages: Message[]
  atStart: boolean
  atEnd: boolean
  /**
   * Pending are the user's messages that wait for the server; they belong at the
   * end.
   */
  pending: Message[]
  head: number
  /** the user's read marker */
  readUp: number
}

/** WindowParams ask for a part of a channel's timeline. */
export interface WindowParams {
  workspace: WorkspaceID
  channel: StreamID
  /** Seq is the place; 0 stands for the end. */
  seq: number
  /** messages below Seq */
  before: number
  /** messages from Seq on */
  after: number
}

/** Workspace is one of the user's workspaces. */
export interface Workspace {
  id: WorkspaceID
  /** "" while no circle tells it */
  name: string
  role: Role
  /** Unread counts messages, Mentions those that name the user, in all channels. */
  unread: number
  mentions: number
  /**
   * Offered tells that somebody put the user here, who has not accepted yet;
   * Pending that the user waits for an admin's approval; Removed that the user is
   * not a member any more.
   */
  offered: boolean
  pending: boolean
  removed: boolean
  /** Stopped tells that the server was caught and the workspace stands still. */
  stopped: boolean
}

/** WorkspaceID names a workspace; it is chosen by the creator. */
export type WorkspaceID = string

/**
 * WorkspaceList is the user's workspaces: those that the user is in, then those
 * that were offered.
 */
export interface WorkspaceList {
  workspaces: Workspace[]
}

/** WorkspaceRef names a workspace. */
export interface WorkspaceRef {
  workspace: WorkspaceID
}

/** Every call, with what it takes and what it answers. */
export interface Calls {
  "account.changePassphrase": { params: ChangePassphraseParams; answer: Empty }
  "account.createRecovery": { params: PassphraseParams; answer: RecoveryPhrase }
  "account.devices": { params: Empty; answer: DeviceList }
  "account.exportKey": { params: ExportKeyParams; answer: ExportedKey }
  "account.kit": { params: PassphraseParams; answer: Kit }
  "account.recovery": { params: Empty; answer: Recovery }
  "account.removeRecovery": { params: PassphraseParams; answer: Empty }
  "account.revokeDevice": { params: RevokeDeviceParams; answer: Kit }
  "account.setName": { params: NameParams; answer: Empty }
  "admin.accounts": { params: AccountsParams; answer: AccountPage }
  "admin.deleteAccount": { params: AccountRef; answer: Empty }
  "admin.server": { params: Empty; answer: AdminServer }
  "admin.setDisabled": { params: SetDisabledParams; answer: Empty }
  "admin.update": { params: AdminUpdateParams; answer: AdminServer }
  "channels.addMember": { params: ChannelMemberParams; answer: Empty }
  "channels.archive": { params: ChannelRef; answer: Empty }
  "channels.create": { params: CreateChannelParams; answer: ChannelRef }
  "channels.direct": { params: DirectParams; answer: ChannelRef }
  "channels.draft": { params: DraftRef; answer: Draft }
  "channels.list": { params: WorkspaceRef; answer: ChannelList }
  "channels.markRead": { params: MarkReadParams; answer: Empty }
  "channels.removeMember": { params: LeaveChannelParams; answer: Empty }
  "channels.setDraft": { params: SetDraftParams; answer: Empty }
  "channels.typing": { params: TypingParams; answer: Empty }
  "channels.unarchive": { params: ChannelRef; answer: Empty }
  "channels.update": { params: UpdateChannelParams; answer: Empty }
  "inbox.list": { params: InboxParams; answer: Inbox }
  "invites.create": { params: CreateInviteParams; answer: InviteLink }
  "invites.join": { params: URLParams; answer: WorkspaceRef }
  "invites.list": { params: WorkspaceRef; answer: InviteList }
  "invites.preview": { params: URLParams; answer: InvitePreview }
  "invites.revoke": { params: InviteRef; answer: Empty }
  "messages.around": { params: AroundParams; answer: Window }
  "messages.delete": { params: MessageRef; answer: Sent }
  "messages.edit": { params: EditParams; answer: Sent }
  "messages.pin": { params: PinParams; answer: Sent }
  "messages.pinned": { params: ChannelRef; answer: MessageList }
  "messages.post": { params: PostParams; answer: Sent }
  "messages.react": { params: ReactParams; answer: Sent }
  "messages.thread": { params: MessageRef; answer: Thread }
  "messages.window": { params: WindowParams; answer: Window }
  "people.admit": { params: AdmitParams; answer: UserRef }
  "people.approve": { params: ApproveParams; answer: Empty }
  "people.beginVerification": { params: UserRef; answer: Verification }
  "people.confirmVerification": { params: Verification; answer: Empty }
  "people.list": { params: WorkspaceRef; answer: PersonList }
  "people.presence": { params: PresenceParams; answer: Empty }
  "people.remove": { params: UserRef; answer: Empty }
  "people.setRole": { params: SetRoleParams; answer: Empty }
  "search.messages": { params: SearchParams; answer: FoundList }
  "security.dismiss": { params: FindingRef; answer: Empty }
  "security.proof": { params: ProofParams; answer: ProofItem }
  "security.report": { params: Empty; answer: SecurityReport }
  "security.shield": { params: ChannelRef; answer: Shield }
  "server.info": { params: Empty; answer: ServerInfo }
  "session.lock": { params: Empty; answer: Empty }
  "session.recover": { params: RecoverParams; answer: SignedUp }
  "session.signIn": { params: SignInParams; answer: Empty }
  "session.signOut": { params: Empty; answer: Empty }
  "session.signUp": { params: SignUpParams; answer: SignedUp }
  "session.state": { params: Empty; answer: SessionState }
  "session.unlock": { params: PassphraseParams; answer: Empty }
  "settings.get": { params: Empty; answer: Settings }
  "settings.set": { params: SetSettingParams; answer: Empty }
  "settings.setStrict": { params: StrictParams; answer: Empty }
  "workspaces.accept": { params: WorkspaceRef; answer: Empty }
  "workspaces.create": { params: NameParams; answer: WorkspaceRef }
  "workspaces.decline": { params: WorkspaceRef; answer: Empty }
  "workspaces.leave": { params: WorkspaceRef; answer: Empty }
  "workspaces.list": { params: Empty; answer: WorkspaceList }
  "workspaces.refresh": { params: Empty; answer: Empty }
  "workspaces.rename": { params: RenameParams; answer: Empty }
}
