package hooks

import (
	"errors"
	"net/http"
	"strings"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/internal/fault"
)

// Faults that PocketBase finds by itself, in words for people.
var (
	ErrNotStored = fault.Define("not_stored", "没有保存成功，请核对填写的内容后重试；仍不成功请联系数据管理员",
		"It was not stored: check what was entered and try again, or ask a data administrator")
	ErrInUse = fault.Define("record_in_use", "不能删除：还有其他记录引用它，请先改掉那些记录",
		"It cannot be deleted while other records refer to it: change those first")
	ErrRequest = fault.Define("request_refused", "请求不能处理，请核对后重试", "The request cannot be carried out, check it and try again")
	ErrBatch   = fault.Define("batch_refused", "批量操作没有完成，一条也没有保存，请看各条的原因",
		"The batch was not carried out and nothing of it stored: see what was refused")
)

// ownWords says what PocketBase refuses by itself, a rule, a route that is not there, a value that its
// schema does not take, in the language of who asks. The status stays.
func ownWords(e *core.RequestEvent) error {
	err := e.Next()
	var known *router.ApiError
	var invalid validation.Errors
	if err == nil {
		return nil
	}
	raw := err
	if errors.As(err, &known) {
		if cause, is := known.RawData().(error); is {
			raw = cause
		}
	}
	if found, ok := fault.Of(raw); ok && known != nil && len(known.Data) == 0 {
		return &router.ApiError{Status: known.Status, Message: found.In(language(e)), Data: map[string]any{"code": found.Code}}
	}
	if errors.As(raw, &invalid) && flat(invalid) {
		return fromValidation("approvals", nil, invalid).answer(language(e))
	}
	if known == nil {
		known = router.ToApiError(err) // as PocketBase answers any other error
	}
	found := inWords(known, raw)
	if found == nil {
		return err
	}
	data := known.Data
	if len(data) == 0 {
		data = map[string]any{"code": found.Code}
	}
	return &router.ApiError{Status: known.Status, Message: found.In(language(e)), Data: data}
}

// flat tells errors of fields from those of the requests of a batch, which are answered as they are.
func flat(invalid validation.Errors) bool {
	for _, err := range invalid {
		var deeper validation.Errors
		if errors.As(err, &deeper) {
			return false
		}
	}
	return true
}

// pocketBaseWords are the beginnings of its sentences.
var pocketBaseWords = []struct {
	begins string
	says   *fault.Fault
}{
	{"Failed to delete record", ErrInUse}, {"Batch transaction failed", ErrBatch},
	{"Failed to create record", ErrNotStored}, {"Failed to update record", ErrNotStored},
	{"The requested resource wasn't found", ErrMissingRecord}, {"Missing collection context", ErrMissingRecord},
	{"File not found", ErrMissingRecord}, {"Only superusers", ErrForbidden}, {"You are not allowed", ErrForbidden},
	{"The authorized record is not allowed", ErrForbidden}, {"The request requires", ErrSignIn},
	{"Something went wrong", ErrRequest}, {"Invalid filter", ErrRequest}, {"Failed to read", ErrRequest},
	{"Failed to load", ErrRequest}, {"An error occurred", ErrRequest},
}

func inWords(known *router.ApiError, raw error) *fault.Fault {
	if known.Status < http.StatusInternalServerError && strings.Contains(raw.Error(), "rule failure") {
		return ErrForbidden
	}
	for _, one := range pocketBaseWords {
		if strings.HasPrefix(known.Message, one.begins) {
			return one.says
		}
	}
	return nil
}
