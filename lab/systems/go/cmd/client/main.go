// Plays a plan with Go's http.Client, one Transport per planned connection, and prints one
// JSON line per request: what the application saw.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"sync"
	"time"
)

type Request struct {
	Method  string
	Target  string
	Body    int
	After   float64
	Timeout float64
	Retry   bool
	Headers map[string]string
}

type Connection struct {
	Requests    []Request
	Start       float64
	HoldFor     float64
	IdleTimeout float64
}

type Plan struct {
	Base        string
	Connections []Connection
}

type Saw struct {
	Connection int    `json:"connection"`
	Method     string `json:"method"`
	Target     string `json:"target"`
	ClientSaw  string `json:"clientSaw"`
	Retried    bool   `json:"retried"`
	RetrySaw   string `json:"retrySaw,omitempty"`
}

func main() {
	var plan Plan
	if err := json.Unmarshal([]byte(os.Args[1]), &plan); err != nil {
		panic(err)
	}
	var all sync.WaitGroup
	for index, connection := range plan.Connections {
		all.Add(1)
		go func() {
			defer all.Done()
			play(plan.Base, index, connection)
		}()
	}
	all.Wait()
}

func play(base string, index int, connection Connection) {
	sleep(connection.Start)
	transport := &http.Transport{IdleConnTimeout: seconds(connection.IdleTimeout)}
	for _, request := range connection.Requests {
		sleep(request.After)
		saw := Saw{Connection: index, Method: request.Method, Target: request.Target}
		answer, tries := ask(transport, base, request)
		saw.ClientSaw = answer
		if tries > 1 {
			// The Transport's own: the application does not hear of the first try.
			saw.Retried, saw.RetrySaw = true, answer
		} else if request.Retry && answer[:2] != "ok" {
			saw.Retried = true
			saw.RetrySaw, _ = ask(transport, base, request)
		}
		line, _ := json.Marshal(saw)
		fmt.Println(string(line))
	}
	sleep(connection.HoldFor)
	transport.CloseIdleConnections()
}

// What came of it, and on how many connections the Transport tried.
func ask(transport *http.Transport, base string, plan Request) (string, int) {
	tries := 0
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { tries++ }}
	var body io.Reader
	if plan.Body > 0 {
		// Of a bytes.Reader the Transport can make a second copy (Request.GetBody).
		body = bytes.NewReader(bytes.Repeat([]byte("x"), plan.Body))
	}
	request, err := http.NewRequest(plan.Method, base+plan.Target, body)
	if err != nil {
		panic(err)
	}
	for name, value := range plan.Headers {
		request.Header.Set(name, value)
	}
	client := &http.Client{Transport: transport, Timeout: seconds(plan.Timeout)}
	response, err := client.Do(request.WithContext(httptrace.WithClientTrace(request.Context(), trace)))
	if err != nil {
		return err.Error(), tries
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err.Error(), tries
	}
	return fmt.Sprintf("ok %d", response.StatusCode), tries
}

func seconds(number float64) time.Duration {
	return time.Duration(number * float64(time.Second))
}

func sleep(number float64) {
	time.Sleep(seconds(number))
}
