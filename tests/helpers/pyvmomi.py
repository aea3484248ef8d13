"""Changes a vSphere as its users do, with VMware's own library: one JSON request a line in, one answer a line out.

Started as `python3 pyvmomi.py HOST PORT`. Each user has a login of their own, so that events carry their names.
"""

import json
import ssl
import sys
import time
import uuid

from pyVim.connect import Disconnect, SmartConnect
from pyVim.task import WaitForTask
from pyVmomi import vim, vmodl

host, port = sys.argv[1], int(sys.argv[2])
logins = {}


def login(user, password):
    if user not in logins:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        logins[user] = SmartConnect(host=host, port=port, user=user, pwd=password, sslContext=context)
    return logins[user].RetrieveContent()


def find(content, kind, name):
    view = content.viewManager.CreateContainerView(content.rootFolder, [kind], True)
    try:
        for found in view.view:
            if name in (None, found.name, found._moId):
                return found
    finally:
        view.Destroy()
    raise LookupError("no %s %s" % (kind.__name__, name))


def reconfigure(vm, memoryMB=None, numCPUs=None, annotation=None, extra=None):
    spec = vim.vm.ConfigSpec(memoryMB=memoryMB, numCPUs=numCPUs, annotation=annotation)
    spec.extraConfig = [vim.option.OptionValue(key=key, value=value) for key, value in (extra or {}).items()]
    return vm.ReconfigVM_Task(spec)


def create(content, name, memoryMB=256, numCPUs=1, newFolder=None):
    datastore = find(content, vim.Datastore, None)
    pool = find(content, vim.ResourcePool, None)
    folder = find(content, vim.Datacenter, None).vmFolder
    path, instance = "[%s]" % datastore.name, None
    if newFolder is not None:
        # As vCenter has it: names are unique in a folder only, and a uuid is never used again. vcsim makes uuids of paths.
        folder = folder.CreateFolder(newFolder)
        path, instance = "%s %s/%s.vmx" % (path, newFolder, name), str(uuid.uuid4())
    files = vim.vm.FileInfo(vmPathName=path)
    spec = vim.vm.ConfigSpec(name=name, memoryMB=memoryMB, numCPUs=numCPUs, guestId="otherGuest", files=files)
    spec.instanceUuid = instance
    return folder.CreateVM_Task(spec, pool)


def clone(vm, name, isTemplate=False):
    spec = vim.vm.CloneSpec(location=vim.vm.RelocateSpec(), powerOn=False, template=isTemplate)
    return vm.CloneVM_Task(vm.parent, name, spec)


def migrate(content, vm, to):
    host_system = find(content, vim.HostSystem, to)
    return vm.RelocateVM_Task(vim.vm.RelocateSpec(host=host_system))


def set_attribute(content, vm, name, value):
    manager = content.customFieldsManager
    field = next((one for one in manager.field if one.name == name), None)
    manager.SetField(vm, (field or manager.AddCustomFieldDef(name, vim.VirtualMachine)).key, value)


def find_snapshot(trees, name):
    for tree in trees:
        if tree.name == name:
            return tree.snapshot
        below = find_snapshot(tree.childSnapshotList, name)
        if below is not None:
            return below
    return None


def roots(vm):
    return vm.snapshot.rootSnapshotList if vm.snapshot else []


def until(isDone, what):
    """vcsim's task of a snapshot names the snapshot as its entity, which pyvmomi refuses: the VM tells when it is done."""
    for _ in range(100):
        if isDone():
            return
        time.sleep(0.1)
    raise TimeoutError("%s takes too long" % what)


def revert(vm, name):
    target = find_snapshot(roots(vm), name)
    target.RevertToSnapshot_Task()
    until(lambda: vm.snapshot.currentSnapshot._moId == target._moId, "the revert to %s" % name)


def remove(vm, name):
    find_snapshot(roots(vm), name).RemoveSnapshot_Task(False)
    until(lambda: find_snapshot(roots(vm), name) is None, "the removal of %s" % name)


def list_vms(content):
    """All VMs, as JSON."""
    view = content.viewManager.CreateContainerView(content.rootFolder, [vim.VirtualMachine], True)
    try:
        return json.dumps([row for row in map(row_of, view.view) if row is not None])
    finally:
        view.Destroy()


def row_of(vm):
    try:
        return {
            "moref": vm._moId,
            "uuid": vm.config.instanceUuid,
            "name": vm.name,
            "power": vm.runtime.powerState,
            "host": vm.runtime.host.name,
            "memoryMiB": vm.config.hardware.memoryMB,
        }
    except vmodl.fault.ManagedObjectNotFound:
        return None  # vcsim lists a VM a little longer than it has it


def run(content, operation, vm, args):
    if operation == "create":
        return create(content, **args)
    one = find(content, vim.VirtualMachine, vm)
    tasks = {
        "power-on": lambda: one.PowerOnVM_Task(),
        "power-off": lambda: one.PowerOffVM_Task(),
        "suspend": lambda: one.SuspendVM_Task(),
        "reconfigure": lambda: reconfigure(one, **args),
        "rename": lambda: one.Rename_Task(args["name"]),
        "clone": lambda: clone(one, **args),
        "destroy": lambda: one.Destroy_Task(),
        "migrate": lambda: migrate(content, one, **args),
        "snapshot-create": lambda: one.CreateSnapshot_Task(args["name"], args.get("description", ""), False, False),
        "snapshot-remove": lambda: remove(one, args["name"]),
        "snapshot-revert": lambda: revert(one, args["name"]),
        "set-attribute": lambda: set_attribute(content, one, **args),
        "mark-template": lambda: one.MarkAsTemplate(),
    }
    return tasks[operation]()


def end_sessions(content, user):
    manager = content.sessionManager
    manager.TerminateSession([one.key for one in manager.sessionList if one.userName == user])


def answer(request):
    content = login(request["user"], request.get("password", "any"))
    if request["operation"] == "logout":
        Disconnect(logins.pop(request["user"]))
        return None
    if request["operation"] == "list":
        return list_vms(content)
    if request["operation"] == "end-sessions":
        return end_sessions(content, **request["args"])
    task = run(content, request["operation"], request.get("vm"), request.get("args", {}))
    if task is None:
        return None
    WaitForTask(task, logins[request["user"]])
    result = task.info.result
    return getattr(result, "_moId", None)


for line in sys.stdin:
    try:
        told = {"result": answer(json.loads(line))}
    except Exception as error:  # whatever it is, the test tells it
        told = {"error": "%s: %s" % (type(error).__name__, getattr(error, "msg", None) or error)}
    print(json.dumps(told), flush=True)
