from taeda._device_amp.cuda import *
