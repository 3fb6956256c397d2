package hooks

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/subscriptions"

	"kehu/internal/ledger"
)

// readingHeader is where a request's info carries the number of its reading to the hooks that see
// expanded records; those have no request. A client cannot send it: it is always overwritten.
const readingHeader = "kehu_reading"

// reading is what one request shows beside the records that it was asked for.
type reading struct {
	mu       sync.Mutex
	expanded map[string][]string // collection → ids
}

// read begins a reading; end gives what was expanded meanwhile.
func (h *House) read(e *core.RequestEvent) (end func() map[string][]string, err error) {
	info, err := e.RequestInfo()
	if err != nil {
		return nil, err
	}
	number := strconv.FormatUint(h.reads.Add(1), 36)
	r := &reading{expanded: map[string][]string{}}
	h.readings.Store(number, r)
	info.Headers[readingHeader] = number
	return func() map[string][]string {
		h.readings.Delete(number)
		return r.expanded
	}, nil
}

// noteExpanded collects the records that an expand shows.
func (h *House) noteExpanded(e *core.RecordEnrichEvent) error {
	if e.RequestInfo.Context != core.RequestInfoContextExpand {
		return e.Next()
	}
	if found, ok := h.readings.Load(e.RequestInfo.Headers[readingHeader]); ok {
		r, name := found.(*reading), e.Record.Collection().Name
		r.mu.Lock()
		r.expanded[name] = append(r.expanded[name], e.Record.Id)
		r.mu.Unlock()
	}
	return e.Next()
}

// expandedIn adds what was expanded to the detail of a read.
func expandedIn(detail map[string]any, expanded map[string][]string) map[string]any {
	if len(expanded) > 0 {
		detail["expanded"] = expanded
	}
	return detail
}

// noteList notes a list: by what it was filtered, and whom it showed.
func (h *House) noteList(e *core.RecordsListRequestEvent) error {
	end, err := h.read(e.RequestEvent)
	if err != nil {
		return err
	}
	err = e.Next()
	expanded := end()
	if err != nil {
		return err
	}
	ids := make([]string, len(e.Records))
	for i, r := range e.Records {
		ids[i] = r.Id
	}
	detail := asked(e.Request.URL.Query())
	detail["ids"] = ids
	return h.noteLater(actorIn(e.RequestEvent), actList, on(e.Collection.Name, ""),
		expandedIn(detail, expanded))
}

// asked are the words of a query that say what was looked for.
func asked(query url.Values) map[string]any {
	detail := map[string]any{}
	for _, key := range []string{"filter", "sort", "page", "expand"} {
		if text := query.Get(key); text != "" {
			detail[key] = ledger.Redact(text)
		}
	}
	return detail
}

// noteView notes that one record was shown.
func (h *House) noteView(e *core.RecordRequestEvent) error {
	end, err := h.read(e.RequestEvent)
	if err != nil {
		return err
	}
	err = e.Next()
	expanded := end()
	if err != nil {
		return err
	}
	return h.noteLater(actorIn(e.RequestEvent), actView, onRecord(e.Record),
		expandedIn(map[string]any{}, expanded))
}

// noteAnswer notes what the answer to a save shows beside the saved record itself.
func (h *House) noteAnswer(e *core.RecordRequestEvent) error {
	if e.Request.URL.Query().Get("expand") == "" {
		return e.Next()
	}
	end, err := h.read(e.RequestEvent)
	if err != nil {
		return err
	}
	err = e.Next()
	expanded := end()
	if err != nil || len(expanded) == 0 {
		return err
	}
	return h.noteLater(actorIn(e.RequestEvent), actView, onRecord(e.Record),
		expandedIn(map[string]any{}, expanded))
}

// noteSubscribe notes to what a connection listens.
func (h *House) noteSubscribe(e *core.RealtimeSubscribeRequestEvent) error {
	if err := e.Next(); err != nil {
		return err
	}
	topics := make([]string, len(e.Subscriptions))
	for i, topic := range e.Subscriptions {
		if plain, err := url.QueryUnescape(topic); err == nil {
			topic = plain
		}
		topics[i] = ledger.Redact(topic)
	}
	return h.noteLater(actorIn(e.RequestEvent), actSubscribe, target{},
		map[string]any{"topics": topics})
}

// pushed is a record as a realtime message carries it.
type pushed struct {
	Action string `json:"action"`
	Record shown  `json:"record"`
}

type shown struct {
	ID         string         `json:"id"`
	Collection string         `json:"collectionName"`
	Expand     map[string]any `json:"expand"`
}

// noteMessage notes a record that a connection was sent because it listens.
func (h *House) noteMessage(e *core.RealtimeMessageEvent) error {
	if err := e.Next(); err != nil {
		return err
	}
	to, detail, ok := h.sent(e.Message)
	if !ok {
		return nil
	}
	who := actorIn(e.RequestEvent)
	if auth, known := e.Client.Get("auth").(*core.Record); known && auth != nil {
		signed := actorOf(auth)
		signed.IP, signed.Remote, signed.Source = who.IP, who.Remote, who.Source
		who = signed
	}
	return h.noteLater(who, actView, to, detail)
}

func (h *House) sent(message *subscriptions.Message) (target, map[string]any, bool) {
	name, _, _ := strings.Cut(message.Name, "?")
	collection, _, _ := strings.Cut(name, "/")
	if _, err := h.app.FindCachedCollectionByNameOrId(collection); err != nil {
		return target{}, nil, false // no record: the greeting of a connection, say
	}
	var p pushed
	if err := json.Unmarshal(message.Data, &p); err != nil {
		return target{}, nil, false
	}
	detail := map[string]any{"realtime": p.Action}
	expanded := map[string][]string{}
	for _, below := range p.Record.Expand {
		collectShown(below, expanded)
	}
	if p.Record.Collection != "" {
		collection = p.Record.Collection
	}
	return on(collection, p.Record.ID), expandedIn(detail, expanded), true
}

// collectShown finds the expanded records within a message.
func collectShown(value any, into map[string][]string) {
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			collectShown(one, into)
		}
	case map[string]any:
		id, _ := v["id"].(string)
		name, _ := v["collectionName"].(string)
		if id != "" && name != "" {
			into[name] = append(into[name], id)
		}
		if below, ok := v["expand"].(map[string]any); ok {
			for _, one := range below {
				collectShown(one, into)
			}
		}
	}
}
