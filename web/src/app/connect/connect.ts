/**
 * Connect for one signed-in window: its store, its line, its outbox, and everything a screen may ask for.
 *
 * Writes go to the server and come back as events; nothing here changes the store by guessing what the server will do.
 */
import { type ApiClient, ApiError } from "../../internal/api-client.ts";
import { type SchedulingApi, connectApi } from "../../internal/scheduling-api.ts";
import type { ModalExtras } from "../../elements/booking-modal/booking-modal.ts";
import { bookingExtras } from "../booking/extras.ts";
import { roomsAt } from "../booking/rooms.ts";
import type { OpenConflicts } from "../conflicts.ts";
import { explainInConnect } from "../booking/why-not.ts";
import type { ChannelSummary, Conversation, Message, Person, PersonDetail, Start } from "../model.ts";
import { PERSONAL } from "../model.ts";
import { Outbox } from "../outbox.ts";
import { Line, SignedOut, type SocketLike } from "../socket.ts";
import { Store } from "../store.ts";
import { Drafts } from "./drafts.ts";

const PAGE = 100;
/** How far back a link to a message is followed. */
const MAX_PAGES_BACK = 20;

export class Connect extends EventTarget {
  readonly store = new Store();
  readonly line: Line;
  readonly outbox: Outbox;
  readonly drafts = new Drafts(sessionStorage);
  state: "loading" | "ready" | "error" = "loading";
  error: unknown = null;
  readonly #api: ApiClient;
  readonly #marked = new Map<string, number>();
  readonly #asked = new Set<string>();
  readonly extras: ModalExtras;
  readonly #scheduling = new Map<string | null, SchedulingApi>();
  #lastInput = Date.now();

  constructor(
    api: ApiClient,
    /** Where calendars and meetings disagree, if there is a platform that tells. */
    readonly conflicts: OpenConflicts | null = null,
  ) {
    super();
    this.#api = api;
    this.extras = bookingExtras(explainInConnect(api), roomsAt("/connect/api/resources", api));
    this.outbox = new Outbox({
      store: this.store,
      post: (id, body, nonce) =>
        this.#api.post(`${conversationUrl(id)}/messages`, { body, client_nonce: nonce }, { idempotencyKey: nonce }),
    });
    this.line = new Line({
      store: this.store,
      ticket: () => this.#ticket(),
      open: (ticket) => openSocket(ticket),
      resync: (stale) => this.#resync(stale),
      isActive: () => document.visibilityState === "visible" && Date.now() - this.#lastInput < 5 * 60_000,
    });
  }

  /** Somebody who joined the organisation since the first reading is read when they first matter. */
  readonly #learn = (): void => {
    const { store } = this;
    const subs = new Set<string>();
    for (const { with: sub } of store.conversations.values()) if (sub !== null) subs.add(sub);
    for (const { author_id: sub } of store.messages.values()) if (sub !== null) subs.add(sub);
    for (const sub of subs) {
      if (store.people.has(sub) || this.#asked.has(sub)) continue;
      this.#asked.add(sub);
      this.person(sub).then(
        (person) => store.putPerson(person),
        () => undefined,
      );
    }
  };

  /** Reads everything once, then keeps it true over the line. */
  async start(): Promise<void> {
    this.state = "loading";
    this.dispatchEvent(new Event("change"));
    try {
      this.store.load(await this.#api.get<Start>("/connect/api/start"));
      this.drafts.owner = this.store.me?.sub ?? "";
      this.state = "ready";
      this.line.start();
      this.#listen(true);
      this.store.addEventListener("message-arrived", this.#learn);
      this.store.addEventListener("conversations", this.#learn);
      this.#learn();
    } catch (error) {
      this.error = error;
      this.state = "error";
    }
    this.dispatchEvent(new Event("change"));
  }

  stop(): void {
    this.line.stop();
    this.#listen(false);
  }

  #listen(on: boolean): void {
    const set = on ? "addEventListener" : "removeEventListener";
    window[set]("online", this.#woken);
    window[set]("offline", this.#lost);
    document[set]("visibilitychange", this.#woken);
    for (const type of ["pointerdown", "keydown"]) document[set](type, this.#used, { passive: true });
  }

  readonly #woken = (): void => {
    if (document.visibilityState !== "visible") return;
    this.#lastInput = Date.now();
    this.line.wake();
  };

  readonly #lost = (): void => this.line.lost();

  readonly #used = (): void => {
    const wasIdle = Date.now() - this.#lastInput > 5 * 60_000;
    this.#lastInput = Date.now();
    if (wasIdle) this.line.wake();
  };

  async #ticket(): Promise<string> {
    try {
      return (await this.#api.post<{ ticket: string }>("/connect/api/ws-ticket")).ticket;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) throw new SignedOut();
      throw error;
    }
  }

  async #resync(stale: readonly string[]): Promise<void> {
    const start = await this.#api.get<Start>("/connect/api/start");
    for (const log of stale) {
      if (log !== PERSONAL) this.store.dropTimeline(log);
    }
    this.store.load(start);
  }

  // ---------------------------------------------------------------- reading conversations

  /** Reads the newest page, unless it is known or on its way. */
  async loadTimeline(conversationId: string): Promise<void> {
    const known = this.store.timeline(conversationId);
    if (known !== null && known.status !== "error") return;
    await this.#loadPage(conversationId, null);
  }

  /** Reads the page before the oldest message that is known. */
  async loadOlder(conversationId: string): Promise<void> {
    const timeline = this.store.timeline(conversationId);
    if (timeline === null || !timeline.hasMore || timeline.status === "loading") return;
    const oldest = timeline.ids[0];
    await this.#loadPage(conversationId, oldest === undefined ? null : (this.store.messages.get(oldest)?.seq ?? null));
  }

  /** Reads back until the message is known; false when it is not there or too far away. */
  async findMessage(conversationId: string, messageId: string): Promise<boolean> {
    await this.loadTimeline(conversationId);
    for (let page = 0; page < MAX_PAGES_BACK; page += 1) {
      const timeline = this.store.timeline(conversationId);
      if (timeline === null || timeline.status === "error") return false;
      if (timeline.ids.includes(messageId)) return true;
      if (!timeline.hasMore) return false;
      await this.loadOlder(conversationId);
    }
    return false;
  }

  async #loadPage(conversationId: string, before: number | null): Promise<void> {
    this.store.beginTimeline(conversationId);
    try {
      const page = await this.#api.get<{ messages: Message[]; has_more: boolean }>(
        `${conversationUrl(conversationId)}/messages`,
        { query: { before, limit: PAGE } },
      );
      this.store.mergePage(conversationId, page.messages, page.has_more);
      this.#learn();
    } catch (error) {
      this.store.failTimeline(conversationId, error instanceof Error ? error.message : String(error));
    }
  }

  /** Tells the server that everything up to now was seen, once per new event. */
  markRead(conversationId: string): void {
    const conversation = this.store.conversations.get(conversationId);
    if (conversation === undefined || conversation.last_seq <= conversation.last_read_seq) return;
    if ((this.#marked.get(conversationId) ?? 0) >= conversation.last_seq) return;
    this.#marked.set(conversationId, conversation.last_seq);
    this.#api.post(`${conversationUrl(conversationId)}/read`, { seq: conversation.last_seq }).catch(() => {
      // The next message or the next visit marks it again.
      this.#marked.delete(conversationId);
    });
  }

  async loadMembers(conversationId: string): Promise<void> {
    const { members } = await this.#api.get<{ members: Person[] }>(`${conversationUrl(conversationId)}/members`);
    this.store.setMembers(conversationId, members);
  }

  // ---------------------------------------------------------------- writing

  editMessage(messageId: string, body: string): Promise<unknown> {
    return this.#api.patch(`/connect/api/messages/${encodeURIComponent(messageId)}`, { body });
  }

  deleteMessage(messageId: string): Promise<unknown> {
    return this.#api.delete(`/connect/api/messages/${encodeURIComponent(messageId)}`);
  }

  /** The conversation with one person, made if there is none; resolves to its id. */
  async directMessage(sub: string): Promise<string> {
    for (const known of this.store.conversations.values()) {
      if (known.kind === "dm" && known.with === sub) return known.conversation_id;
    }
    return this.#opened(await this.#api.post<Conversation>("/connect/api/conversations", { kind: "dm", with: sub }));
  }

  async createChannel(name: string, topic: string): Promise<string> {
    const body = { kind: "channel", name, ...(topic === "" ? {} : { topic }) };
    return this.#opened(await this.#api.post<Conversation>("/connect/api/conversations", body));
  }

  /** A conversation that the server has just answered may be shown before its event arrives. */
  #opened(conversation: Conversation): string {
    this.store.putConversation(conversation);
    return conversation.conversation_id;
  }

  async channels(): Promise<ChannelSummary[]> {
    return (await this.#api.get<{ channels: ChannelSummary[] }>("/connect/api/channels")).channels;
  }

  async joinChannel(conversationId: string): Promise<void> {
    const answer = await this.#api.post<Conversation | undefined>(`${conversationUrl(conversationId)}/join`);
    if (answer?.conversation_id !== undefined) this.store.putConversation(answer);
  }

  leaveChannel(conversationId: string): Promise<unknown> {
    return this.#api.post(`${conversationUrl(conversationId)}/leave`);
  }

  person(sub: string): Promise<PersonDetail> {
    return this.#api.get<PersonDetail>(`/connect/api/people/${encodeURIComponent(sub)}`);
  }

  readNotifications(ids: readonly string[]): Promise<unknown> {
    return this.#api.post("/connect/api/notifications/read", { notification_ids: ids });
  }

  /** For what is loaded only when it is wanted. */
  get client(): ApiClient {
    return this.#api;
  }

  /** What the booking elements call; the card is posted to the conversation, or where the server finds right. */
  scheduling(conversationId: string | null): SchedulingApi {
    // The same object for the same place: questions in flight are shared by it.
    let known = this.#scheduling.get(conversationId);
    if (known === undefined) this.#scheduling.set(conversationId, (known = connectApi(conversationId, this.#api)));
    return known;
  }
}

const conversationUrl = (id: string): string => `/connect/api/conversations/${encodeURIComponent(id)}`;

function openSocket(ticket: string): SocketLike {
  const url = new URL("/connect/ws", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.searchParams.set("ticket", ticket);
  return new WebSocket(url);
}
